import type { ScalingPolicy } from '../../autoscale/policy.ts';
import type { DecisionRecord } from '../../autoscale/record.ts';
import type { ScalerState } from '../../autoscale/state.ts';
import { isObserved } from '../../autoscale/unobserved.ts';
import { type DecisionLine, digestOf, type HeaderLine, pack, type Seen, type ShapeLine, shapeOf } from './line.ts';

/** Writes decisions and what they were made from as lines of JSON (NDJSON). */
export class Recorder {
  readonly #write: (line: string) => void;
  #shape: ShapeLine | null = null;

  /**
   * @param write gets each line, without its end
   * @param from workers wanted to begin with (what `initialState()` was given), or, in the middle of a run, the state before the decision
   *   that is noted next
   */
  constructor(write: (line: string) => void, policy: ScalingPolicy, from: number | ScalerState) {
    this.#write = write;
    const beginning =
      typeof from === 'number' ? { initial: from, policy } : { initial: from.desired, policy, state: from };
    const header: HeaderLine = { kind: 'tidegate-recording', version: 1, ...beginning };
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
