import { get } from 'node:http';
import { expect } from 'chai';
import { bindSocket, type NativeHandle } from '../../src/cluster/native.ts';
import { freePort } from '../helpers/free-port.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

const CLIENTS = 8;
const MODES = [
  ['shared accept', { LB_ALGORITHM: 'adaptive' }],
  ['hand-over', { LB_ALGORITHM: 'round-robin' }],
  ['a gateway', { LB_MODE: 'http' }],
] as const;

/** A socket that is bound and held here, as systemd would: it outlives the runtimes that get it. */
function boundSocket(port: number): { readonly handle: NativeHandle; readonly fd: number } {
  const handle = bindSocket({ address: '127.0.0.1', port, addressType: 4, fd: -1, flags: 0 });
  if (typeof handle === 'number') throw new Error(`errno ${handle}`);
  return { handle, fd: (handle as NativeHandle & { readonly fd: number }).fd };
}

/** Asks on a connection of its own; resolves with the status. */
function ask(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject);
  });
}

describe('started with sockets of systemd', function () {
  this.timeout(60_000);
  let handle: NativeHandle | undefined;
  let runtime: Runtime | undefined;

  afterEach(async () => {
    await runtime?.stop();
    handle?.close();
    runtime = undefined;
    handle = undefined;
  });

  for (const [name, env] of MODES) {
    it(`refuses nobody while it is restarted, with ${name}`, async () => {
      const port = await freePort();
      const socket = boundSocket(port);
      ({ handle } = socket);
      const start = (): Promise<Runtime> =>
        Runtime.start(fixture('http.cjs'), { port, sockets: [socket.fd], args: ['-i', '2'], env });
      runtime = await start();
      expect(runtime.output).not.to.match(/is not used/);
      const statuses = new Map<string, number>();
      let going = true;
      let answered = 0;
      const client = async (): Promise<void> => {
        while (going) {
          const status = await ask(port).catch((error: Error) => error.message);
          statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1);
          answered += 1;
        }
      };
      const clients = Array.from({ length: CLIENTS }, client);
      await until('requests are answered', () => answered > 50);
      await runtime.stop();
      const before = answered;
      runtime = await start();
      await until('they go on', () => answered > before + 50);
      going = false;
      await Promise.all(clients);
      expect([...statuses.keys()]).to.deep.equal(['200']);
    });
  }

  it('says so when the app listens elsewhere', async () => {
    const inherited = await freePort();
    const socket = boundSocket(inherited);
    ({ handle } = socket);
    runtime = await Runtime.start(fixture('http.cjs'), { sockets: [socket.fd], args: ['-i', '1'] });
    const warning = await runtime.waitForLog(/^the inherited socket/);
    expect(warning.message).to.equal(
      `the inherited socket 127.0.0.1:${inherited} is not used: the app listens on other ports`,
    );
    expect(await ask(runtime.port)).to.equal(200);
  });

  it('does not start with a descriptor that is no socket', async () => {
    runtime = await Runtime.spawn(fixture('http.cjs'), { sockets: [0], args: ['-i', '1'] });
    expect((await runtime.exited).code).to.equal(1);
    expect(runtime.output).to.match(
      /descriptor 3, given by LISTEN_FDS, is no TCP socket; in the socket unit, give ListenStream= a port/,
    );
  });
});
