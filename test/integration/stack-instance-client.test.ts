import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { instanceClient } from '../../src/scaling/stack-scaler/instance-client.ts';

describe('who asks an instance of a stack', () => {
  let server: Server;
  let port: number;
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function trouble(): Promise<string> {
    const ask = instanceClient({ port, token: '', timeoutMs: 100 });
    return ask('127.0.0.1').then(
      () => 'none',
      (error: Error) => error.message,
    );
  }

  it('hears why there was no answer', async () => {
    answer = () => {};
    expect(await trouble()).to.equal(`http://127.0.0.1:${port}/cluster/status does not answer: nothing within 100 ms`);
    server.closeAllConnections();
    server.close();
    expect(await trouble()).to.match(/does not answer: ECONNREFUSED$/);
  });

  it('hears what to do where it may not ask', async () => {
    answer = (response) => void response.writeHead(401).end('{}');
    expect(await trouble()).to.match(/answered 401; the scaler’s first token must be one that its instances take$/);
  });

  it('takes nothing else for a status', async () => {
    for (const body of ['null', '{"workers":{}}', '[]']) {
      answer = (response) => void response.end(body);
      expect(await trouble(), body).to.match(/something else than a cluster's status$/);
    }
    answer = (response) => void response.end('<html>');
    expect(await trouble()).to.include('not in JSON');
  });
});
