import { expect } from 'chai';
import type { ClusterManager } from '../../../src/cluster/cluster-manager.ts';
import type { ReloadStatus } from '../../../src/ipc/status.ts';
import { RuntimeClusterControl } from '../../../src/runtime/cluster-control.ts';
import { LogRing } from '../../../src/runtime/log-ring.ts';
import { START_MS, status } from '../scaling/fixtures/cluster-fixtures.ts';

function progress(replaced: number, outcome: ReloadStatus['outcome'] = 'running'): ReloadStatus {
  const finishedAtMs = outcome === 'running' ? null : START_MS + 1;
  return { generation: 2, startedAtMs: START_MS, finishedAtMs, replaced, total: 2, outcome, detail: '' };
}

/** A manager whose reload goes on when the test says so. */
class ScriptedManager {
  restarts = 0;
  report: (status: ReloadStatus) => void = () => {};
  finish: (status: ReloadStatus) => void = () => {};
  fail: (error: Error) => void = () => {};

  status(): unknown {
    return status([]);
  }

  reload(report: (status: ReloadStatus) => void): Promise<ReloadStatus> {
    this.report = report;
    return new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
  }

  async restart(): Promise<void> {
    this.restarts += 1;
  }
}

describe('RuntimeClusterControl', () => {
  let manager: ScriptedManager;
  let ring: LogRing;
  let stopped: string[];
  let control: RuntimeClusterControl;
  beforeEach(() => {
    manager = new ScriptedManager();
    ring = new LogRing();
    stopped = [];
    control = new RuntimeClusterControl(manager as unknown as ClusterManager, ring, (by) => stopped.push(by));
  });

  async function replacedOf(reload: AsyncIterable<ReloadStatus>): Promise<number[]> {
    const seen: number[] = [];
    for await (const { replaced } of reload) seen.push(replaced);
    return seen;
  }

  it('passes on status, restart, stop and logs', async () => {
    ring.add({ atMs: 1, source: 'w1', stream: 'stdout', text: 'hello' });
    expect(control.status()).to.deep.equal(status([]));
    await control.restart();
    expect(manager.restarts).to.equal(1);
    control.stop('cli');
    expect(stopped).to.deep.equal(['cli']);
    expect(control.logs({ lines: 5, source: 'w1' }).map(({ text }) => text)).to.deep.equal(['hello']);
  });

  it('gives the progress of a reload as it comes, and ends with it', async () => {
    const seen = replacedOf(control.reload());
    manager.report(progress(0));
    await new Promise(setImmediate);
    manager.report(progress(1));
    manager.report(progress(2, 'done'));
    manager.finish(progress(2, 'done'));
    expect(await seen).to.deep.equal([0, 1, 2]);
  });

  it('keeps progress for a reader that comes late', async () => {
    const reload = control.reload();
    manager.report(progress(0));
    manager.report(progress(2, 'done'));
    manager.finish(progress(2, 'done'));
    await new Promise(setImmediate);
    expect(await replacedOf(reload)).to.deep.equal([0, 2]);
  });

  it('tells the reader after the last progress that the reload could not be done', async () => {
    const reload = control.reload()[Symbol.asyncIterator]();
    manager.report(progress(0));
    manager.fail(new Error('A reload is under way'));
    expect((await reload.next()).value).to.deep.equal(progress(0));
    const failure = await reload.next().catch((error: Error) => error.message);
    expect(failure).to.equal('A reload is under way');
  });

  it('lets a reload run to its end when its reader leaves', async () => {
    const reload = control.reload()[Symbol.asyncIterator]();
    manager.report(progress(0));
    await reload.next();
    await reload.return?.();
    manager.report(progress(1));
    manager.fail(new Error('nobody reads this any more'));
    // An unhandled rejection would fail this test.
    await new Promise(setImmediate);
    expect((await reload.next()).done).to.equal(true);
  });
});
