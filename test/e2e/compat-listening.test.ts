import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ACCEPT_MODES } from '../helpers/accept-modes.ts';
import { CLI_MAIN } from '../helpers/cli-bench.ts';
import { askEveryWorker, askJson, type Identity } from '../helpers/http-json.ts';
import { PlainNode } from '../helpers/plain-node.ts';
import { fixture, Runtime } from '../helpers/runtime.ts';

for (const mode of ACCEPT_MODES) {
  describe(`what an app may listen on (${mode.title})`, function () {
    this.timeout(60_000);
    let directory: string;
    let runtime: Runtime | undefined;
    const servers: Server[] = [];

    beforeEach(() => {
      directory = mkdtempSync(path.join(tmpdir(), 'tidegate-listen-'));
    });
    afterEach(async () => {
      await runtime?.kill();
      runtime = undefined;
      for (const server of servers.splice(0)) if (server.listening) await new Promise((done) => server.close(done));
      rmSync(directory, { recursive: true, force: true });
    });

    async function start(script: string, env: Record<string, string> = {}): Promise<Runtime> {
      runtime = await Runtime.start(fixture(script), { args: ['-i', '2'], env: { ...mode.env, ...env } });
      return runtime;
    }

    /** A start that must fail: at once, without trying for ever, and saying why. */
    async function startInVain(
      script: string,
      options: { readonly port?: number; readonly env?: Record<string, string> },
    ): Promise<Runtime> {
      const env = { ...mode.env, ...options.env };
      runtime = await Runtime.spawn(fixture(script), { ...options, args: ['-i', '2'], env });
      expect(await runtime.exited).to.deep.equal({ code: 1, signal: null });
      const starts = runtime.logs.filter(({ message }) => /^worker \d+ is starting$/.test(String(message)));
      expect(starts.length).to.be.within(2, 4);
      return runtime;
    }

    async function listeningServer(address: number | string): Promise<AddressInfo> {
      const server = createServer().listen(address);
      servers.push(server);
      await once(server, 'listening');
      return server.address() as AddressInfo;
    }

    it('listen(0): the system picks one port, which all workers share', async () => {
      const { addresses } = await (await start('listen-zero.cjs')).status();
      expect(addresses).to.have.lengthOf(1);
      const port = Number(addresses[0]?.split(':').at(-1));
      const answers = await askEveryWorker(2, async () => (await askJson<Identity & { port: number }>({ port })).body);
      for (const answer of answers) expect(answer.port).to.equal(port);
    });

    it('a port that another process has: EADDRINUSE with the port, exit 1', async () => {
      const { port } = await listeningServer(0);
      const { output, logs } = await startInVain('http.cjs', { port });
      const said = logs.map(({ message }) => message);
      expect(said).to.include(`Error: listen EADDRINUSE: address already in use :::${port}`);
      expect(output).to.include(
        `http.cjs could not be started: exit code 1 before it was ready: port ${port} is taken (EADDRINUSE); end what has it, or`,
      );
    });

    for (const unlinkFirst of ['0', '1']) {
      const how = unlinkFirst === '1' ? ', removed by each worker before it listens' : '';
      it(`a unix socket${how}: every worker answers, and a stop clears it away`, async () => {
        const socketPath = path.join(directory, 'app.sock');
        const { exited, process } = await start('unix-socket.cjs', {
          SOCKET_PATH: socketPath,
          UNLINK_FIRST: unlinkFirst,
        });
        const answers = await askEveryWorker(2, async () => {
          return (await askJson<Identity & { address: string }>({ socketPath })).body;
        });
        for (const { address } of answers) expect(address).to.equal(socketPath);
        expect((await runtime?.status())?.addresses).to.deep.equal([socketPath]);
        process.kill('SIGTERM');
        expect(await exited).to.deep.equal({ code: 0, signal: null });
        expect(existsSync(socketPath)).to.equal(false);
      });
    }

    it('a descriptor that the process was started with, as under socket activation', async () => {
      const listener = createServer().listen(0, '127.0.0.1');
      servers.push(listener);
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
      const args = ['start', fixture('listen-fd.cjs'), '-i', '2', '--name', 'fd'];
      const env = { ...mode.env, LISTEN_FD: '3', MANAGEMENT_PORT: '0', TIDEGATE_RUNTIME_DIR: directory };
      const started = new PlainNode(CLI_MAIN, { args, env, descriptor: fd });
      try {
        await started.waitFor(/"message":"ready"/);
        listener.close();
        const answers = await askEveryWorker(2, async () => {
          return (await askJson<Identity & { address: AddressInfo }>({ port })).body;
        });
        for (const { address } of answers)
          expect(address).to.deep.equal({ address: '127.0.0.1', family: 'IPv4', port });
      } finally {
        await started.kill();
      }
    });

    if (mode !== ACCEPT_MODES[0]) return; // the rest does not depend on who accepts

    it('a unix socket that a killed process has left: the same error as on plain Node, exit 1', async () => {
      const env = { SOCKET_PATH: path.join(directory, 'left.sock') };
      const killed = new PlainNode(fixture('unix-socket.cjs'), { env });
      await killed.waitFor(/listening/);
      await killed.kill();
      const plain = new PlainNode(fixture('unix-socket.cjs'), { env });
      expect((await plain.exited).code).to.equal(1);
      const [message = ''] = /^Error: .*/m.exec(plain.output) ?? [];
      expect(message).to.equal(`Error: listen EADDRINUSE: address already in use ${env.SOCKET_PATH}`);
      const { logs } = await startInVain('unix-socket.cjs', { env });
      expect(logs.map((record) => record.message)).to.include(message);
    });

    it('listen({ exclusive: true }): each worker has its own port beside the shared one', async () => {
      const { port } = await start('exclusive.cjs');
      const answers = await askEveryWorker(2, async () => {
        return (await askJson<Identity & { exclusivePort: number }>({ port })).body;
      });
      expect(new Set(answers.map(({ exclusivePort }) => exclusivePort))).to.have.lengthOf(2);
      for (const { pid, exclusivePort } of answers) {
        expect((await askJson({ port: exclusivePort })).body).to.include({ pid, server: 'exclusive' });
      }
    });

    it('a UDP socket beside node:http: datagrams are answered, requests too', async () => {
      const { port } = await start('udp.cjs');
      const answers = await askEveryWorker(2, async () => {
        return (await askJson<Identity & { udpPort: number }>({ port })).body;
      });
      const client = createSocket('udp4');
      try {
        for (const { udpPort } of answers) {
          client.send('some text', udpPort, '127.0.0.1');
          const [reply] = (await once(client, 'message')) as [Buffer];
          const [, pid, text] = /^(\d+) (.+)$/.exec(reply.toString()) ?? [];
          expect(answers.map((answer) => answer.pid)).to.include(Number(pid));
          expect(text).to.equal('some text');
        }
      } finally {
        client.close();
      }
    });
  });
}
