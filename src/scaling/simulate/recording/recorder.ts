import { createWriteStream } from 'node:fs';
import type { ScalingPolicy } from '../../autoscale/policy.ts';
import type { DecisionRecord } from '../../autoscale/record.ts';
import { isObserved } from '../../autoscale/unobserved.ts';
import { type DecisionLine, digestOf, type HeaderLine, pack, type Seen, type ShapeLine, shapeOf } from './line.ts';

/** More than this unwritten means that the disk does not keep up: recording ends, serving goes on. */
const MOST_UNWRITTEN_BYTES = 16_000_000;

/** Writes decisions and what they were made from as lines of JSON (NDJSON). */
export class Recorder {
  readonly #write: (line: string) => void;
  #shape: ShapeLine | null = null;

  /**
   * @param write gets each line, without its end
   * @param initial workers wanted to begin with: what `initialState()` was given
   */
  constructor(write: (line: string) => void, policy: ScalingPolicy, initial: number) {
    this.#write = write;
    const header: HeaderLine = { kind: 'tidegate-recording', version: 1, initial, policy };
    write(JSON.stringify(header));
  }

  /**
   * Notes one decision.
   * @param seen what `decide()` was given; the number that was wanted then is taken from the record
   */
  note(seen: Seen, record: DecisionRecord): void {
    const { pin, floor, paused } = record;
    const manual = pin === null && floor === null && paused === null ? {} : { m: { pin, floor, paused } };
    const rest = { ...manual, n: record.desired, d: digestOf(record) };
    if (!isObserved(seen)) {
      const line: DecisionLine = { t: record.atMs, o: null, why: seen.unobserved, ...rest };
      this.#write(JSON.stringify(line));
      return;
    }
    const shape = shapeOf(seen, this.#shape);
    if (JSON.stringify(shape) !== JSON.stringify(this.#shape)) this.#write(JSON.stringify(shape));
    this.#shape = shape;
    const line: DecisionLine = { t: record.atMs, o: pack({ ...seen, desired: record.before }, shape), ...rest };
    this.#write(JSON.stringify(line));
  }
}

export interface FileRecorder {
  readonly note: Recorder['note'];
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/**
 * A recorder that appends to a file; each run begins with a header of its own.
 * @param onError told once when the file can't be written (any more); nothing is recorded from then on
 */
export function recordToFile(
  file: string,
  policy: ScalingPolicy,
  initial: number,
  onError: (error: Error) => void,
): FileRecorder {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  let failed = false;
  const fail = (error: Error): void => {
    if (failed) return;
    failed = true;
    stream.destroy();
    onError(error);
  };
  stream.on('error', fail);
  const recorder = new Recorder(
    (line) => {
      if (failed) return;
      if (stream.writableLength > MOST_UNWRITTEN_BYTES) {
        fail(new Error(`${file} can't be written as fast as it grows; the recording ended`));
      } else stream.write(`${line}\n`);
    },
    policy,
    initial,
  );
  return {
    note: (seen, record) => recorder.note(seen, record),
    close: () => new Promise((resolve) => (failed ? resolve() : stream.end(() => resolve()))),
  };
}
