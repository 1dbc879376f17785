import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { decide } from '../../../../../src/scaling/autoscale/decide.ts';
import { createPolicy } from '../../../../../src/scaling/autoscale/policy.ts';
import { initialState, type ScalerState } from '../../../../../src/scaling/autoscale/state.ts';
import { RecordingFile } from '../../../../../src/scaling/simulate/recording/recording-file.ts';
import { replay } from '../../../../../src/scaling/simulate/recording/replay.ts';
import { observation, START_MS, workersAt } from '../../autoscale/fixtures/observations.ts';
import { rule } from '../../autoscale/fixtures/rules.ts';

const POLICY = createPolicy([rule({ name: 'cpu-high', metric: 'cpu', threshold: 70, cooldownMs: 5_000 })], {
  min: 1,
  max: 20,
});

/** Decides for a number of seconds and records it. */
function runSeconds(recording: RecordingFile, seconds: number, fromS = 0, from = initialState(2)): ScalerState {
  let state = from;
  for (let second = fromS; second < fromS + seconds; second += 1) {
    const before = state;
    const workers = workersAt(state.desired, { cpu: second % 20 > 10 ? 0.9 : 0.2 });
    const seen = observation({ atMs: START_MS + second * 1_000, desired: state.desired, workers });
    const decision = decide(POLICY, before, seen, seen.atMs);
    state = decision.state;
    recording.note(seen, decision.record, before);
  }
  return state;
}

describe('the file of a recording', () => {
  let directory: string;
  let file: string;
  const troubles: (string | null)[] = [];

  function opened(given: { readonly file?: string; readonly maxBytes?: number } = {}): RecordingFile {
    const onTrouble = (error: Error | null): void => {
      troubles.push(error === null ? null : error.message);
    };
    return new RecordingFile({ file, maxBytes: 1_000_000, policy: POLICY, onTrouble, ...given });
  }

  const replayed = (name: string) => replay(readFileSync(name, 'utf8').split('\n'));

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-recording-'));
    file = path.join(directory, 'run.ndjson');
    troubles.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is appended to: two runs in it replay one after the other', async () => {
    for (let run = 0; run < 2; run += 1) {
      const recording = opened();
      runSeconds(recording, 5);
      await recording.close();
    }
    expect(replayed(file)).to.deep.include({ decisions: 10, identical: 10 });
    expect(troubles).to.deep.equal([]);
  });

  it('stays below its size, and each of its two parts replays by itself', async () => {
    const recording = opened({ maxBytes: 400_000 });
    let state = initialState(2);
    for (let second = 0; second < 1_200; second += 10) {
      state = runSeconds(recording, 10, second, state);
      // What is on its way counts only once it is written.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await recording.close();
    const [now, before] = [readFileSync(file), readFileSync(`${file}.1`)];
    // A part ends with the line that passes its half.
    expect(now.length + before.length).to.be.below(410_000);
    for (const part of [file, `${file}.1`]) {
      const { decisions, identical } = replayed(part);
      expect(decisions).to.be.above(20);
      expect(identical).to.equal(decisions);
    }
    const [late] = readFileSync(file, 'utf8').split('\n');
    expect(JSON.parse(late as string).state.decisions).to.be.above(20);
  });

  it('goes on after a line that was cut off, and the replay passes over it', async () => {
    const first = opened();
    runSeconds(first, 5);
    await first.close();
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.slice(0, -20));
    const second = opened();
    runSeconds(second, 5);
    await second.close();
    expect(replayed(file)).to.deep.include({ decisions: 9, identical: 9 });
  });

  it('that is damaged in the middle is refused with its line', async () => {
    const recording = opened();
    runSeconds(recording, 3);
    await recording.close();
    const lines = readFileSync(file, 'utf8').split('\n');
    lines[3] = 'x';
    expect(() => replay(lines)).to.throw(/line 4: "x" is no JSON/);
  });

  it('that can not be written says so once, and again when it can', async () => {
    const folder = path.join(directory, 'later');
    const recording = opened({ file: path.join(folder, 'run.ndjson') });
    let state = runSeconds(recording, 70);
    await recording.close();
    state = runSeconds(recording, 70, 70, state);
    await recording.close();
    expect(troubles).to.have.length(1);
    expect(troubles[0]).to.match(/ENOENT/);
  });

  it('on a full disk is tried again after a minute', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const recording = opened({ file: '/dev/full' });
    const state = runSeconds(recording, 5);
    await recording.close();
    expect(troubles).to.have.length(1);
    expect(troubles[0]).to.match(/ENOSPC/);
    runSeconds(recording, 60, 5, state);
    await recording.close();
    expect(troubles).to.have.length(1);
  });
});
