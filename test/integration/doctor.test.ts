import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { useCli } from '../helpers/cli-bench.ts';
import { freePort } from '../helpers/free-port.ts';

describe('tidegate doctor on a machine', function () {
  this.timeout(20_000);
  const cli = useCli();
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function findings(env: Record<string, string>): Promise<{ code: number | null; found: readonly Finding[] }> {
    const { code, stdout, stderr } = await cli.run(['doctor', '--json'], env);
    expect(stderr).to.equal('');
    return { code, found: JSON.parse(stdout).findings };
  }
  const of = (found: readonly Finding[], subject: string): Finding | undefined =>
    found.find((finding) => finding.subject === subject);

  it('says how things are, without Redis and PostgreSQL where none are configured', async () => {
    const { found } = await findings({});
    expect(found.map(({ subject }) => subject)).to.include.members([
      'node',
      'open files',
      'cores',
      'memory',
      'configuration',
    ]);
    expect(of(found, 'Redis')).to.equal(undefined);
  });

  it('fails when a service can’t be reached, with what to do', async () => {
    const port = String(await freePort());
    const database = `postgres://nobody:secret-word@127.0.0.1:${port}/none`;
    const { code, found } = await findings({ REDIS_ENABLED: 'true', REDIS_PORT: port, DATABASE_URL: database });
    expect(code).to.equal(1);
    expect(of(found, 'Redis')).to.include({
      level: 'problem',
      found: `127.0.0.1:${port} can't be reached (ECONNREFUSED)`,
    });
    expect(of(found, 'PostgreSQL')).to.include({ level: 'problem' });
    expect(JSON.stringify(found)).to.not.include('secret-word');
  });

  it('asks a Redis for its clock', async () => {
    // Ten seconds behind: enough of the protocol for a driver to connect, and to be told the time.
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        for (const _ of data.toString().matchAll(/^(INFO|CLIENT|info|client|hello|HELLO)\r$/gim))
          socket.write('+OK\r\n');
        if (/time\r/i.test(data.toString())) {
          const seconds = String(Math.floor(Date.now() / 1000) - 10);
          socket.write(`*2\r\n$${seconds.length}\r\n${seconds}\r\n$1\r\n0\r\n`);
        }
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { found } = await findings({ REDIS_ENABLED: 'true', REDIS_PORT: String(port) });
    expect(of(found, 'clock')).to.include({ level: 'warning' });
    expect(of(found, 'clock')?.found).to.match(/^1\d{4} ms ahead of Redis$/);
  });

  it('names every mistake of the configuration', async () => {
    const { code, stdout } = await cli.run(['doctor'], { MAX_INSTANCES: 'many', PORT: '-1' });
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/problem {2}configuration: MAX_INSTANCES: "many" is not allowed/)
      .and.match(/PORT: "-1"/);
  });
});
