import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('alerts over the control API and the command line', function () {
  this.timeout(60_000);
  let status = 200;
  let receiver: Server;
  let runtime: Runtime;

  before(async () => {
    receiver = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end());
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', '1'],
      env: {
        ALERT_WEBHOOK_URL: `http://127.0.0.1:${port}/secret-path`,
        DISCORD_WEBHOOK_URL: `http://127.0.0.1:${port}/discord`,
        AUTO_SCALING_ENABLED: 'false',
        // Always: some file system is in use.
        HEALTH_LEVELS: 'disk=0.000001/2',
        HEALTH_CHECK_INTERVAL_MS: '500',
        ALERT_GROUP_MS: '0',
      },
    });
  });

  after(async () => {
    await runtime?.kill();
    receiver.closeAllConnections();
    receiver.close();
  });

  function tidegate(...args: readonly string[]): Promise<Ended> {
    const env = { ...process.env, TIDEGATE_RUNTIME_DIR: runtime.directory, TIDEGATE_NAME: 'test' };
    return new Promise((resolve) => {
      execFile(process.execPath, [path.normalize(MAIN), ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }

  interface Report {
    readonly active: readonly { readonly key: string; readonly silencedBy?: string }[];
    readonly silences: readonly { readonly id: string; readonly by: string }[];
    readonly channels: readonly { readonly name: string; readonly delivered: number }[];
  }

  const report = async (): Promise<Report> => (await runtime.api<Report>('GET', '/alerts')).body;

  it('shows what fires and what became of each channel’s notifications', async () => {
    const { active, channels } = await until('an alert that was delivered', async () => {
      const all = await report();
      return all.channels.every(({ delivered }) => delivered >= 1) && all;
    });
    expect(active.map(({ key }) => key)).to.include('health/disk');
    expect(channels.map(({ name }) => name)).to.deep.equal(['webhook', 'discord']);
    const { stdout, code } = await tidegate('alerts');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^warning +health\/disk +.* % of the file system of /m);
    expect(stdout).to.match(/^webhook +1 +0 +0 +-$/m);
  });

  it('sends a test to all channels, or to one, and fails when one did not take it', async () => {
    const fine = await tidegate('alerts', 'test');
    expect([fine.code, fine.stdout]).to.deep.equal([0, 'webhook  delivered\ndiscord  delivered\n']);
    status = 404;
    const refused = await tidegate('alerts', 'test', 'webhook', '--json');
    status = 200;
    expect(refused.code).to.equal(1);
    expect(JSON.parse(refused.stdout)).to.deep.equal({
      results: [{ channel: 'webhook', delivered: false, detail: 'it answered 404' }],
    });
    const unknown = await tidegate('alerts', 'test', 'pager');
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.equal('There is no channel "pager"; configured are: webhook, discord\n');
    expect(JSON.stringify(await report())).to.not.include('secret-path');
  });

  it('silences alerts for a time, and ends a silence early', async () => {
    const made = await tidegate('alerts', 'silence', 'health/*', '--for', '2h', '--reason', 'known');
    expect([made.code, made.stderr]).to.deep.equal([0, '']);
    const [, id = ''] =
      /health\/\* is silent for 2h\. End it with: tidegate alerts unsilence (s\d+)/.exec(made.stdout) ?? [];
    const { active, silences } = await report();
    expect(silences[0]).to.include({ id, key: 'health/*', reason: 'known' });
    expect(active.find(({ key }) => key === 'health/disk')).to.include({ silencedBy: id });
    const ended = await tidegate('alerts', 'unsilence', id);
    expect(ended.stdout).to.equal('health/* is heard again.\n');
    expect((await report()).silences).to.deep.equal([]);
    expect((await tidegate('alerts', 'unsilence', id)).stderr).to.match(/^There is no silence s\d+, or it is over\n$/);
  });

  it('refuses silences without an end, and keys that are none', async () => {
    for (const body of [
      { key: 'health/*', for: 'forever' },
      { key: 'health/*' },
      { key: 'a\r\nb', for: '1h' },
      { key: '', for: '1h' },
      { key: 'x', for: '1h', more: 1 },
    ]) {
      const answer = await runtime.api<{ code: string }>('POST', '/alerts/silences', body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).to.deep.equal([400, 'INVALID_REQUEST']);
    }
    expect((await tidegate('alerts', 'silence', 'x', '--for', 'forever')).code).to.equal(2);
  });
});
