import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { type Reply, send } from '../helpers/management-client.ts';
import { MemoryServices } from '../helpers/management-services.ts';

/** A promise that the test resolves. */
function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('the control API’s commands', () => {
  let services: MemoryServices;
  let server: ScalingServer;
  let port: number;

  beforeEach(async () => {
    services = new MemoryServices();
    server = new ScalingServer(services);
    ({ port } = await server.listenTcp('127.0.0.1', 0));
  });
  afterEach(() => server.close(1_000));

  const post = (path: string): Promise<Reply> => send({ port }, path, { method: 'POST' });
  const audited = () => services.auditEntries.map(({ action, before, after }) => ({ action, before, after }));

  /** Starts a reload and returns its response as soon as the head is there. */
  async function startReload(): Promise<IncomingMessage> {
    const outgoing = request({ host: '127.0.0.1', port, path: '/cluster/reload', method: 'POST', agent: false });
    outgoing.on('error', () => {});
    outgoing.end();
    const [incoming] = await once(outgoing, 'response');
    return incoming;
  }

  describe('POST /cluster/reload', () => {
    it('streams each step when it happens, and the outcome in the last line', async () => {
      const step = gate();
      services.reloadStep = (number) => (number === 1 ? step.opened : Promise.resolve());
      const response = await startReload();
      expect(response.statusCode).to.equal(200);
      expect(response.headers['content-type']).to.equal('application/x-ndjson');
      const lines: { replaced: number; outcome: string }[] = [];
      for await (const line of createInterface({ input: response })) {
        lines.push(JSON.parse(line));
        // The second step waits until its first line has been read here.
        step.open();
      }
      expect(lines.map(({ replaced, outcome }) => [replaced, outcome])).to.deep.equal([
        [0, 'running'],
        [1, 'running'],
        [2, 'done'],
      ]);
      expect(services.commands).to.deep.equal(['reload by loopback']);
      expect(audited()[0]).to.deep.equal({
        action: 'cluster.reload',
        before: { generation: 1, desired: 2, ready: 2 },
        after: { outcome: 'running' },
      });
      expect(audited()[1]?.after).to.include({ outcome: 'done', replaced: 2 });
    });

    it('is refused with 409 while one is under way', async () => {
      const step = gate();
      services.reloadStep = () => step.opened;
      const first = await startReload();
      const { status, json } = await post('/cluster/reload');
      expect([status, json.code]).to.deep.equal([409, 'RELOAD_RUNNING']);
      step.open();
      await once(first.resume(), 'end');
      expect(services.state.generation).to.equal(2);
    });

    it('goes on to its end when its reader leaves', async () => {
      const step = gate();
      services.reloadStep = () => step.opened;
      (await startReload()).destroy();
      step.open();
      while (audited().length < 2) await send({ port }, '/health');
      expect(audited()[1]?.after).to.include({ outcome: 'done' });
    });

    it('ends its stream with the outcome failed when it breaks', async () => {
      services.reloadStep = () => Promise.reject(new Error('worker 5 was not ready within 10000 ms'));
      const { status, text } = await post('/cluster/reload');
      const last = JSON.parse(text.trim().split('\n').at(-1) ?? '');
      expect(status).to.equal(200);
      expect(last).to.include({ outcome: 'failed', detail: 'worker 5 was not ready within 10000 ms', total: 2 });
      expect(last.finishedAtMs).to.be.a('number');
      expect(audited()[1]?.after).to.include({ outcome: 'failed' });
    });
  });

  describe('POST /cluster/restart', () => {
    it('answers when the new workers are ready', async () => {
      const { status, json } = await post('/cluster/restart');
      expect([status, json]).to.deep.equal([200, { outcome: 'done', generation: 1, desired: 2, ready: 2 }]);
      expect(services.commands).to.deep.equal(['restart by loopback']);
    });

    it('says why it failed', async () => {
      services.restartWork = () => Promise.reject(new Error('port 3001 is taken'));
      const { status, json } = await post('/cluster/restart');
      expect([status, json.code, json.detail]).to.deep.equal([500, 'RESTART_FAILED', 'port 3001 is taken']);
      expect(audited()[1]?.after).to.deep.equal({
        outcome: 'failed',
        code: 'RESTART_FAILED',
        detail: 'port 3001 is taken',
      });
    });

    it('is refused with 409 while a reload is under way', async () => {
      services.restartWork = () => Promise.reject(Object.assign(new Error('wait'), { code: 'RELOAD_RUNNING' }));
      const { status, json } = await post('/cluster/restart');
      expect([status, json.code]).to.deep.equal([409, 'RELOAD_RUNNING']);
    });
  });

  describe('POST /cluster/stop', () => {
    it('answers 202 at once, and then nothing can be changed any more', async () => {
      const { status, json } = await post('/cluster/stop');
      expect([status, json]).to.deep.equal([202, { stopping: true }]);
      expect(services.commands).to.deep.equal(['stop by loopback']);
      expect(audited()[0]?.action).to.equal('cluster.stop');
      for (const path of [
        '/cluster/stop',
        '/cluster/reload',
        '/cluster/restart',
        '/scaling/pause',
        '/scaling/resume',
      ]) {
        expect((await post(path)).json.code, path).to.equal('STOPPING');
      }
      expect((await send({ port }, '/cluster/status')).json.stopping).to.equal(true);
    });
  });
});
