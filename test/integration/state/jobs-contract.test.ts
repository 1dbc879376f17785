/** What jobs promise, on everything that keeps them. */
import { EventEmitter, once as eventOnce } from 'node:events';
import { expect } from 'chai';
import {
  type ActiveJob,
  type JobQueue,
  type JobsOptions,
  jobs,
  PermanentJobError,
} from '../../../src/scaling/state/jobs/index.ts';
import { until } from '../../helpers/runtime.ts';
import { BACKENDS, type JobsBackend } from './jobs-backends.ts';
import type { ThreadTask, Where } from './jobs-thread-handler.ts';

const THREAD_HANDLER = new URL('./jobs-thread-handler.js', import.meta.url);
const SOON = { timeoutMs: 10_000 };

for (const kind of BACKENDS) {
  describe(`jobs on ${kind.name}`, function () {
    this.timeout(30_000);
    let backend: JobsBackend;
    let names = 0;
    const open: JobQueue[] = [];
    const errors: Error[] = [];

    before(async function () {
      if (!kind.available()) return this.skip();
      backend = await kind.start();
    });

    afterEach(async () => {
      await Promise.all(open.splice(0).map((queue) => queue.close()));
    });

    after(() => backend?.close());

    /** Two of the same name are one queue, as two processes have it. */
    function queue<Data = unknown, Result = unknown>(name = `queue-${names++}`, options: JobsOptions = {}) {
      const opened = jobs<Data, Result>(backend.connection, name, {
        onError: (error) => errors.push(error),
        ...options,
      });
      open.push(opened as JobQueue);
      return opened;
    }

    it('does a job and hands out its result, wherever it was added', async () => {
      const worker = queue<{ n: number }, { doubled: number }>();
      const client = queue<{ n: number }, { doubled: number }>(worker.name);
      worker.process(async ({ data, attempt, queue: name }) => {
        expect(attempt).to.equal(1);
        expect(name).to.equal(worker.name);
        return { doubled: data.n * 2 };
      });
      const job = await client.add({ n: 21 });
      expect(await job.waitUntilFinished(SOON)).to.deep.equal({ doubled: 42 });
      const snapshot = await client.get(job.id);
      expect(snapshot).to.include({
        id: job.id,
        state: 'completed',
        priority: 0,
        attempt: 1,
        attempts: 1,
        error: null,
      });
      expect(snapshot?.data).to.deep.equal({ n: 21 });
      expect(snapshot?.result).to.deep.equal({ doubled: 42 });
      expect(Number(snapshot?.startedAtMs)).to.be.at.least(Number(snapshot?.addedAtMs));
      expect(Number(snapshot?.finishedAtMs)).to.be.at.least(Number(snapshot?.startedAtMs));
    });

    it('keeps values as JSON has them: nothing is null, zero stays zero, text stays text', async () => {
      const one = queue<unknown, unknown>();
      one.process(({ data }) => data);
      for (const value of [undefined, null, 0, false, '', 'ü🙂', [1, { a: null }]]) {
        const job = await one.add(value);
        expect(await job.waitUntilFinished(SOON)).to.deep.equal(value ?? null);
        expect((await job.get())?.data).to.deep.equal(value ?? null);
      }
    });

    it('does not add a job again whose id is known', async () => {
      const one = queue<string, string>();
      const ids = ['order 4711: paid', '42', 'ß/🙂'];
      for (const id of ids) {
        await one.add('first', { id });
        await one.add('second', { id });
      }
      expect((await one.stats()).waiting).to.equal(3);
      one.process(({ data, id }) => `${data} ${id}`);
      for (const id of ids) {
        expect(await one.waitUntilFinished(id, SOON)).to.equal(`first ${id}`);
        await one.add('third', { id });
        expect((await one.get(id))?.state).to.equal('completed');
      }
    });

    it('takes higher priorities first, and first come, first served among equals', async () => {
      const one = queue<string>();
      for (const [name, priority] of Object.entries({ a: 0, b: 5, c: 5, d: 1_000_000, e: 0, f: 1 })) {
        await one.add(name, { priority });
      }
      const order: unknown[] = [];
      one.process(({ data }) => order.push(data));
      await until('six jobs', () => order.length === 6);
      expect(order.join('')).to.equal('dbcfae');
    });

    it('does a delayed job when its time has come', async () => {
      const one = queue<string, number>();
      one.process(() => Date.now());
      const addedAtMs = Date.now();
      const late = await one.add('late', { delayMs: 400 });
      expect((await late.get())?.state).to.equal('delayed');
      expect((await one.stats()).delayed).to.equal(1);
      const startedAtMs = await late.waitUntilFinished(SOON);
      expect(startedAtMs - addedAtMs).to.be.within(399, 1_500);
    });

    it('tries a failed job again after a pause, each time under a higher token', async () => {
      const one = queue<string, string>();
      const tries: { attempt: number; token: number; atMs: number }[] = [];
      one.process(({ attempt, token }) => {
        tries.push({ attempt, token, atMs: performance.now() });
        if (attempt < 3) throw new Error(`no ${attempt}`);
        return 'at last';
      });
      const job = await one.add('x', { attempts: 3, backoff: { delayMs: 100, jitter: 0 } });
      expect(await job.waitUntilFinished(SOON)).to.equal('at last');
      expect(tries.map(({ attempt }) => attempt)).to.deep.equal([1, 2, 3]);
      const [first, second, third] = tries as [(typeof tries)[0], (typeof tries)[0], (typeof tries)[0]];
      expect(second.token).to.be.greaterThan(first.token);
      expect(third.token).to.be.greaterThan(second.token);
      expect(second.atMs - first.atMs).to.be.at.least(99);
      expect(third.atMs - second.atMs).to.be.at.least(199);
      expect(await job.get()).to.include({ state: 'completed', attempt: 3, error: 'no 2' });
    });

    it('gives up after the last attempt, or at once when no other can help', async () => {
      const one = queue<'hopeless' | 'unlucky', never>();
      let runs = 0;
      one.process(({ data }) => {
        runs += 1;
        throw data === 'hopeless' ? new PermanentJobError('never') : new Error('bad luck');
      });
      const unlucky = await one.add('unlucky', { attempts: 2, backoff: { delayMs: 0 } });
      const error = await rejection(unlucky.waitUntilFinished(SOON));
      expect(error).to.include({ code: 'JOB_FAILED', message: 'bad luck' });
      expect(runs).to.equal(2);
      expect(await unlucky.get()).to.include({ state: 'failed', attempt: 2, attempts: 2, result: null });
      const hopeless = await one.add('hopeless', { attempts: 5 });
      expect(await rejection(hopeless.waitUntilFinished(SOON))).to.include({ code: 'JOB_FAILED', message: 'never' });
      expect(runs).to.equal(3);
      expect(await one.stats()).to.deep.equal({ waiting: 0, delayed: 0, active: 0, completed: 0, failed: 2 });
    });

    it('tells progress, completion and failure to everybody who listens', async () => {
      const one = queue<string, string>();
      const listener = queue<string, string>(one.name);
      const heard: unknown[] = [];
      await listener.on('progress', ({ id, progress }) => heard.push([id, progress]));
      await listener.on('completed', ({ id, result }) => heard.push([id, result]));
      await listener.on('failed', ({ id, error }) => heard.push([id, error]));
      const gate = new EventEmitter();
      one.process(async ({ data, progress }) => {
        progress(50);
        await eventOnce(gate, 'go');
        progress({ step: 'last' });
        if (data === 'bad') throw new Error('broken');
        return 'whole';
      });
      await one.add('good', { id: 'good' });
      await until('half of it', () => heard.length === 1);
      expect((await one.get('good'))?.progress).to.equal(50);
      gate.emit('go');
      await until('all of it', () => heard.length === 3);
      await one.add('bad', { id: 'bad' });
      await until('half of the other', () => heard.length === 4);
      gate.emit('go');
      await until('everything', () => heard.length === 6);
      expect(heard).to.deep.equal([
        ['good', 50],
        ['good', { step: 'last' }],
        ['good', 'whole'],
        ['bad', 50],
        ['bad', { step: 'last' }],
        ['bad', 'broken'],
      ]);
      expect((await one.get('bad'))?.progress).to.deep.equal({ step: 'last' });
    });

    it('cancels what nobody has begun, and nothing else', async () => {
      const one = queue<string, string>();
      const waiting = await one.add('waiting');
      const delayed = await one.add('delayed', { delayMs: 60_000 });
      expect(await waiting.cancel()).to.equal(true);
      expect(await delayed.cancel()).to.equal(true);
      expect(await waiting.cancel()).to.equal(false);
      expect(await waiting.get()).to.equal(undefined);
      expect((await rejection(delayed.waitUntilFinished(SOON))).code).to.equal('JOB_GONE');
      const gate = new EventEmitter();
      const begun = new Promise<void>((resolve) => {
        one.process(async () => {
          resolve();
          await eventOnce(gate, 'go');
          return 'done';
        });
      });
      const active = await one.add('active');
      await begun;
      expect(await active.cancel()).to.equal(false);
      gate.emit('go');
      expect(await active.waitUntilFinished(SOON)).to.equal('done');
      expect(await active.cancel()).to.equal(false);
      expect((await active.get())?.state).to.equal('completed');
    });

    it('waits no longer for a job than it is told to', async () => {
      const one = queue();
      const job = await one.add('nobody does it');
      expect((await rejection(job.waitUntilFinished({ timeoutMs: 50 }))).code).to.equal('JOB_WAIT_TIMEOUT');
      const signal = AbortSignal.timeout(50);
      await rejection(job.waitUntilFinished({ timeoutMs: 10_000, signal }));
      expect(signal.aborted).to.equal(true);
      expect((await job.get())?.state).to.equal('waiting');
    });

    it('runs as many jobs at a time as it may, and no more', async () => {
      const one = queue<number>();
      let now = 0;
      let most = 0;
      const gate = new EventEmitter().setMaxListeners(0);
      one.process(
        async () => {
          now += 1;
          most = Math.max(most, now);
          if (most < 4) await eventOnce(gate, 'full');
          else gate.emit('full');
          now -= 1;
        },
        { concurrency: 4 },
      );
      for (let n = 0; n < 12; n += 1) await one.add(n);
      await until('all twelve', async () => (await one.stats()).completed === 12);
      expect(most).to.equal(4);
    });

    it('stops an attempt that takes too long', async () => {
      const one = queue<string, string>();
      const signals: AbortSignal[] = [];
      one.process(
        ({ signal }) => {
          signals.push(signal);
          return new Promise<string>(() => {});
        },
        { timeoutMs: 50 },
      );
      const job = await one.add('endless', { attempts: 2, backoff: { delayMs: 1 } });
      const error = await rejection(job.waitUntilFinished(SOON));
      expect(error).to.include({ code: 'JOB_FAILED', message: 'the attempt took longer than 50 ms' });
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
    });

    it('lets jobs under way end when it closes, and takes no new ones', async () => {
      const one = queue<string, string>();
      const gate = new EventEmitter();
      const begun: string[] = [];
      const worker = one.process(async ({ data }) => {
        begun.push(data);
        await eventOnce(gate, 'go');
        return data;
      });
      const first = await one.add('first');
      await until('the first', () => begun.length === 1);
      const second = await one.add('second');
      const closing = worker.close();
      gate.emit('go');
      await closing;
      expect((await first.get())?.state).to.equal('completed');
      expect((await second.get())?.state).to.equal('waiting');
      expect(begun).to.deep.equal(['first']);
    });

    it('hands back what does not end in time, as if never begun', async () => {
      const one = queue<string, string>();
      const seen: ActiveJob<string>[] = [];
      const worker = one.process(
        (job) => {
          seen.push(job);
          return new Promise<string>(() => {});
        },
        { graceMs: 20 },
      );
      const job = await one.add('x');
      await until('it runs', () => seen.length === 1);
      await worker.close();
      expect(seen[0]?.signal.reason).to.include({ code: 'JOB_HANDED_BACK' });
      expect((await job.get())?.state).to.equal('waiting');
      one.process(({ attempt, token }) => {
        expect(token).to.be.greaterThan(Number(seen[0]?.token));
        return `attempt ${attempt}`;
      });
      expect(await job.waitUntilFinished(SOON)).to.equal('attempt 1');
    });

    it('keeps only so many finished jobs', async () => {
      const one = queue<number>(undefined, { keepFinished: { count: 3 } });
      one.process(() => {});
      let last = '';
      for (let n = 0; n < 8; n += 1) ({ id: last } = await one.add(n));
      await until('the last', async () => (await one.get(last))?.state === 'completed');
      expect(await one.stats()).to.deep.equal({ waiting: 0, delayed: 0, active: 0, completed: 3, failed: 0 });
    });

    it('runs a handler in a thread that stands back, uses it again, and kills it when it does not stop', async () => {
      const one = queue<ThreadTask, Where | number>();
      one.process(THREAD_HANDLER);
      const heard: unknown[] = [];
      await one.on('progress', ({ progress }) => heard.push(progress));
      const where = async () => (await (await one.add({ kind: 'where' })).waitUntilFinished(SOON)) as Where;
      const first = await where();
      expect(first).to.include({ isMainThread: false, niceness: process.platform === 'linux' ? 19 : 0 });
      expect((await where()).threadId).to.equal(first.threadId);
      await (await one.add({ kind: 'progress', steps: 5 })).waitUntilFinished(SOON);
      await until('the last step', () => heard.at(-1) === 5);
      const failing = await one.add({ kind: 'fail', permanent: true }, { attempts: 9 });
      expect((await rejection(failing.waitUntilFinished(SOON))).message).to.equal('never');
      const dying = await one.add({ kind: 'exit' });
      expect((await rejection(dying.waitUntilFinished(SOON))).message).to.contain('ended with 3');
      expect((await where()).threadId).to.be.greaterThan(first.threadId);
      // On a queue of its own: a thread that stands back may need more than these two seconds for what is no endless work.
      const impatient = queue<ThreadTask, number>();
      impatient.process(THREAD_HANDLER, { timeoutMs: 2_000 });
      const endless = await impatient.add({ kind: 'spin', ms: 600_000 });
      expect((await rejection(endless.waitUntilFinished(SOON))).message).to.contain('longer than 2000 ms');
    });

    it('says what is wrong with an argument', async () => {
      const one = queue();
      for (const [options, message] of [
        [{ priority: 1.5 }, 'priority is 1.5'],
        [{ attempts: 0 }, 'attempts is 0'],
        [{ delayMs: -1 }, 'delayMs is -1'],
        [{ id: '' }, 'id is'],
        [{ backoff: { jitter: 2 } }, 'backoff.jitter is 2'],
      ] as const) {
        const error = await rejection(one.add('x', options));
        expect(error.code).to.equal('JOB_BAD_ARGUMENT');
        expect(error.message).to.contain(message);
      }
      expect(() => jobs(backend.connection, 'a:b')).to.throw("the queue's name is");
      expect(() => one.process(() => {}, { concurrency: 0 })).to.throw('concurrency is 0');
      expect(() => one.process(() => {}, { isolate: 'thread' })).to.throw('must be a file');
    });

    it('had nothing to complain about meanwhile', () => {
      expect(errors.map(({ message }) => message)).to.deep.equal([]);
    });
  });
}

async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was not rejected');
}
