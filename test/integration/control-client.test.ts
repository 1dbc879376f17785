import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ApiError, ControlClient } from '../../src/cli/control-client.ts';
import { CliError } from '../../src/cli/errors.ts';

describe('ControlClient', () => {
  let server: Server;

  async function client(listener: RequestListener, path = '', timeoutMs = 5_000): Promise<ControlClient> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new ControlClient(
      { kind: 'url', url: new URL(`http://127.0.0.1:${port}${path}`), token: undefined },
      { timeoutMs },
    );
  }

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const failure = async (promise: Promise<unknown>): Promise<CliError> => {
    const outcome = await promise.catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(CliError);
    return outcome as CliError;
  };

  it('gives up when no answer comes, and when an answer stops half-way', async () => {
    const { code, message } = await failure((await client(() => undefined, '', 50)).get('/cluster/status'));
    expect({ code }).to.deep.equal({ code: 'NO_ANSWER' });
    expect(message).to.match(/gave no answer within 0\.05 s; check the address and the network$/);
    server.closeAllConnections();
    server.close();
    const half = await client((_request, response) => response.writeHead(200).write('{"a":'), '', 50);
    expect(await failure(half.get('/'))).to.have.property('code', 'CONNECTION_LOST');
  });

  it('keeps a path that a proxy in front adds', async () => {
    const echo = await client((request, response) => response.end(JSON.stringify(request.url)), '/ops/');
    expect(await echo.get('/logs?lines=2')).to.equal('/ops/logs?lines=2');
  });

  it('takes an empty answer for null', async () => {
    const empty = await client((_request, response) => response.writeHead(204).end());
    expect(await empty.post('/scaling/resume')).to.equal(null);
  });

  it('tells a refusal by its status and code', async () => {
    const refusing = await client((_request, response) =>
      response.writeHead(422).end('{"code": "above:max", "detail": "At most 10"}'),
    );
    const error = await failure(refusing.post('/scaling/manual', { instances: 11 }));
    expect(error).to.be.instanceOf(ApiError).and.include({ status: 422, code: 'above:max', message: 'At most 10' });
  });

  it('hands out lines as they come, however they are cut, and the last without a line end', async () => {
    const pieces = ['{"n":1}\n{"n"', ':2}', '\n\n{"n":3}'];
    let seen = 0;
    const streaming = await client(async (_request, response) => {
      for (const piece of pieces) await new Promise<void>((resolve) => response.write(piece, () => resolve()));
      response.end();
    });
    for await (const line of streaming.postForLines('/cluster/reload')) {
      seen += 1;
      expect(line).to.deep.equal({ n: seen });
    }
    expect(seen).to.equal(3);
  });

  it('refuses a stream for the same reasons as any answer', async () => {
    const refusing = await client((_request, response) =>
      response.writeHead(409).end('{"code": "RELOAD_RUNNING", "detail": "Later"}'),
    );
    expect(await failure(refusing.postForLines('/cluster/reload').next())).to.have.property('code', 'RELOAD_RUNNING');
  });

  it('wants a status with workers from GET /cluster/status', async () => {
    const other = await client((_request, response) => response.end('{"workers": 3}'));
    expect(await failure(other.clusterStatus())).to.have.property('code', 'NOT_A_CONTROL_API');
  });
});
