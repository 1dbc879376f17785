import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { RemoteState } from '../../src/scaling/state/embedded/remote-state.ts';
import { StateProcess } from '../../src/scaling/state/embedded/state-launcher.ts';
import type { StateError } from '../../src/scaling/state/errors.ts';

const MIB = 1024 * 1024;
const LIMIT_BYTES = 64 * MIB;
const KEYS = 1_000_000;
/** Enough to fill it, and a refusal costs more than a write. */
const FULL_KEYS = 400_000;
const AT_ONCE = 256;
/** Code, stacks, buffers and young garbage of a Node process; the entries and garbage not collected yet come on top, twice the limit at most. */
const BASE_BYTES = 160 * MIB;
const PATIENT = { timeoutMs: 30_000 };

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** Runs `work` for every index below `count`, `AT_ONCE` at a time. */
async function each(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

describe('the embedded store in a flood of a million keys', function () {
  this.timeout(180_000);
  let directory: string;
  let store: StateProcess;
  let state: RemoteState;
  const logged: string[] = [];

  beforeEach(async () => {
    logged.length = 0;
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-flood-'));
    const socketPath = path.join(directory, 'state.sock');
    store = new StateProcess({
      socketPath,
      memoryLimitBytes: LIMIT_BYTES,
      log: (level, message) => logged.push(`${level} ${message}`),
    });
    await store.start();
    state = new RemoteState({ socketPath });
  });
  afterEach(async () => {
    await state.close();
    await store.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Checks the store's own account and the system's; gives the highest resident size seen. */
  function watch(): { readonly check: () => Promise<void>; readonly highestBytes: () => number } {
    let highest = 0;
    return {
      highestBytes: () => highest,
      check: async () => {
        const { usedBytes } = await state.figures(PATIENT);
        expect(usedBytes).to.be.at.most(LIMIT_BYTES);
        if (store.pid !== undefined) highest = Math.max(highest, residentBytes(store.pid));
      },
    };
  }

  it('keeps within its memory, evicts only what may go, and loses no session', async () => {
    await each(1000, (index) =>
      state.records.compareAndSet(`session:${index}`, 0, `{"user":${index}}`, { ttlMs: 600_000 }),
    );
    await state.set('setting', 'stays');
    const { check, highestBytes } = watch();
    await each(KEYS, async (index) => {
      await state.set(`cache:${index}`, 'x'.repeat(100), { ttlMs: 600_000, timeoutMs: 30_000 });
      if (index % 20_000 === 0) await check();
    });
    await check();
    const figures = await state.figures();
    expect(figures).to.include({ records: 1000 });
    expect(figures.evicted + figures.keys).to.equal(KEYS + 1);
    expect(figures.evicted).to.be.above(KEYS / 2);
    expect(String(await state.get('setting'))).to.equal('stays');
    expect(String(await state.get(`cache:${KEYS - 1}`))).to.equal('x'.repeat(100));
    await each(1000, async (index) => {
      expect(String((await state.records.read(`session:${index}`))?.value)).to.equal(`{"user":${index}}`);
    });
    expect(highestBytes()).to.be.below(2 * LIMIT_BYTES + BASE_BYTES);
    expect(logged).to.deep.equal([]);
  });

  it('says that it is full when nothing may go, and serves on', async () => {
    const { check, highestBytes } = watch();
    let refused = 0;
    await each(FULL_KEYS, async (index) => {
      const error = await state.set(`kept:${index}`, 'x'.repeat(100), PATIENT).catch((reason: StateError) => reason);
      if (error !== undefined) {
        expect(error.code).to.equal('STATE_FULL');
        refused++;
      }
      if (index % 20_000 === 0) await check();
    });
    const { keys, evicted } = await state.figures();
    expect({ evicted, sum: keys + refused }).to.deep.equal({ evicted: 0, sum: FULL_KEYS });
    expect(refused).to.be.above(FULL_KEYS / 3);
    expect(String(await state.get('kept:0'))).to.equal('x'.repeat(100));
    expect(await state.delete(['kept:0', 'kept:1'])).to.equal(2);
    await state.set('room', 'again');
    expect(highestBytes()).to.be.below(2 * LIMIT_BYTES + BASE_BYTES);
    expect(logged).to.deep.equal([]);
  });
});
