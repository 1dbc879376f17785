import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Recorder } from '../../../../src/cluster/agent/recorder.ts';
import type { AgentMessage, PrimaryMessage } from '../../../../src/ipc/protocol.ts';

type Recorded = AgentMessage & { type: 'recorded' };

describe('the recorder of a worker', () => {
  let directory: string;
  let recorder: Recorder;
  let recorded: Promise<Recorded>;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-'));
    recorded = new Promise((resolve) => {
      recorder = new Recorder((message) => resolve(message as Recorded));
    });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function order(given: Partial<PrimaryMessage & { type: 'record' }> = {}): PrimaryMessage & { type: 'record' } {
    const file = path.join(directory, 'recording');
    return { type: 'record', request: 7, kind: 'cpu-profile', file, durationMs: 30, ...given };
  }

  it('writes a CPU profile with the functions that ran, for its owner alone', async () => {
    const { file } = order();
    recorder.record(order());
    const endMs = performance.now() + 20;
    while (performance.now() < endMs) Math.hypot(performance.now(), 1);
    expect(await recorded).to.include({ type: 'recorded', request: 7, problem: null });
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const { nodes, samples } = JSON.parse(readFileSync(file, 'utf8'));
    expect(samples.length).to.be.greaterThan(5);
    const files = nodes.map(({ callFrame }: { callFrame: { url: string } }) => callFrame.url);
    expect(files.some((url: string) => url.endsWith('recorder.test.js'))).to.equal(true);
  });

  it('throws a profile away that nobody waits for any more', async () => {
    recorder.record(order({ durationMs: 60_000 }));
    recorder.stop(6);
    recorder.stop(7);
    expect(await recorded).to.include({ request: 7, problem: 'it was stopped' });
    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it('never writes over a file that is there', async () => {
    for (const kind of ['heap-snapshot', 'cpu-profile'] as const) {
      const answer = new Promise<Recorded>((resolve) => {
        recorder = new Recorder((message) => resolve(message as Recorded));
      });
      writeFileSync(order().file, 'mine');
      recorder.record(order({ kind, durationMs: 1 }));
      expect((await answer).problem).to.match(/^EEXIST/);
      expect(readFileSync(order().file, 'utf8')).to.equal('mine');
    }
  });
});
