import { expect } from 'chai';
import { type RecordingOrder, WorkerRecorder } from '../../../src/cluster/worker-recorder.ts';
import type { PrimaryMessage } from '../../../src/ipc/protocol.ts';

const PROFILE: RecordingOrder = { kind: 'cpu-profile', file: '/run/1.cpuprofile', durationMs: 5_000, rssBytes: 100 };
const SNAPSHOT: RecordingOrder = { kind: 'heap-snapshot', file: '/run/2.heapsnapshot', durationMs: 0, rssBytes: 100 };

describe('WorkerRecorder', () => {
  let sent: PrimaryMessage[];
  let recorder: WorkerRecorder;
  beforeEach(() => {
    sent = [];
    recorder = new WorkerRecorder((message) => sent.push(message));
  });

  async function codeOf(recording: Promise<unknown>): Promise<string> {
    return recording.then(
      () => 'none',
      (error: { code: string }) => error.code,
    );
  }

  it('orders a recording and resolves with how long the worker stood still', async () => {
    const recorded = recorder.record(PROFILE, 0);
    expect(recorder.kind).to.equal('cpu-profile');
    expect(sent).to.deep.equal([
      { type: 'record', request: 1, kind: 'cpu-profile', file: '/run/1.cpuprofile', durationMs: 5_000 },
    ]);
    recorder.onRecorded({ type: 'recorded', request: 1, problem: null, pausedMs: 7 });
    expect(await recorded).to.equal(7);
    expect(recorder.kind).to.equal(null);
  });

  it('takes one at a time, and another after it', async () => {
    const first = recorder.record(PROFILE, 0);
    expect(await codeOf(recorder.record(SNAPSHOT, 0))).to.equal('RECORDING_RUNNING');
    expect(sent).to.have.length(1);
    recorder.onRecorded({ type: 'recorded', request: 1, problem: null, pausedMs: 0 });
    await first;
    void recorder.record(SNAPSHOT, 0);
    expect(sent[1]).to.include({ type: 'record', request: 2, kind: 'heap-snapshot' });
  });

  it('passes on what the worker could not do, and does not mistake an old answer for a new one', async () => {
    const failing = codeOf(recorder.record(PROFILE, 0));
    recorder.onRecorded({ type: 'recorded', request: 1, problem: 'EACCES', pausedMs: 0 });
    expect(await failing).to.equal('RECORDING_FAILED');
    const second = recorder.record(PROFILE, 0);
    recorder.onRecorded({ type: 'recorded', request: 1, problem: null, pausedMs: 1 });
    recorder.onRecorded({ type: 'recorded', request: 2, problem: null, pausedMs: 2 });
    expect(await second).to.equal(2);
  });

  it('says that the worker ended before its recording did', async () => {
    const lost = codeOf(recorder.record(PROFILE, 0));
    recorder.onEnd();
    expect(await lost).to.equal('WORKER_ENDED');
  });

  it('ends a profile that nobody waits for any more', () => {
    recorder.stop();
    expect(sent).to.deep.equal([]);
    void codeOf(recorder.record(PROFILE, 0));
    recorder.stop();
    expect(sent[1]).to.deep.equal({ type: 'stop-recording', request: 1 });
  });

  it('knows that a worker stands still for a heap snapshot, for five minutes at most, and not for a profile', async () => {
    expect(recorder.standsStill(0)).to.equal(false);
    const profile = recorder.record(PROFILE, 1_000);
    expect(recorder.standsStill(1_000)).to.equal(false);
    recorder.onRecorded({ type: 'recorded', request: 1, problem: null, pausedMs: 0 });
    await profile;
    void recorder.record(SNAPSHOT, 1_000);
    expect(recorder.standsStill(300_999)).to.equal(true);
    expect(recorder.standsStill(301_000)).to.equal(false);
  });

  it('leaves out of a worker’s memory what a snapshot has added, whenever that is measured', async () => {
    expect(recorder.countedRss(900)).to.equal(900);
    const snapshot = recorder.record(SNAPSHOT, 0);
    recorder.onSample(101); // one that was on its way
    recorder.onRecorded({ type: 'recorded', request: 1, problem: null, pausedMs: 400 });
    await snapshot;
    expect(recorder.countedRss(900)).to.equal(100);
    recorder.onSample(900);
    expect(recorder.countedRss(900)).to.equal(100);
    expect(recorder.countedRss(950)).to.equal(150);
    expect(recorder.countedRss(null)).to.equal(null);
  });
});
