import { type Decision, decide } from '../../autoscale/decide.ts';
import { NOTHING_MANUAL } from '../../autoscale/manual.ts';
import type { Observation } from '../../autoscale/observation.ts';
import { createPolicy, type ScalingPolicy } from '../../autoscale/policy.ts';
import type { DecisionRecord } from '../../autoscale/record.ts';
import { initialState, type ScalerState } from '../../autoscale/state.ts';
import { isObserved } from '../../autoscale/unobserved.ts';
import { type DecisionLine, digestOf, type HeaderLine, type Seen, type ShapeLine, unpack } from './line.ts';

/** A recording that can't be read. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly code = 'RECORDING_INVALID';
}

/** A time in which the replayed policy wants another number than was recorded. */
export interface Difference {
  readonly fromMs: number;
  /** Of the last decision of it. */
  readonly untilMs: number;
  readonly recorded: number;
  readonly replayed: number;
  /** Why, by the first decision of it. */
  readonly sentence: string;
}

export interface ReplayResult {
  readonly decisions: number;
  /** Records whose bytes are those that were recorded. */
  readonly identical: number;
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  readonly differences: readonly Difference[];
}

export interface ReplayOptions {
  /** Makes the policy to decide by from the recorded one; without it, the recorded one. */
  readonly policy?: (recorded: ScalingPolicy) => ScalingPolicy;
  /** @param seen null: nothing could be observed then */
  readonly onRecord?: (record: DecisionRecord, seen: Observation | null) => void;
}

/**
 * Decides a recording again. Each decision gets the number of workers that was there when it was recorded: another policy is asked what it
 * would have done at that moment, not what would have become of it.
 * @throws {RecordingError} for lines that are no recording
 */
export function replay(lines: Iterable<string>, { policy: change, onRecord }: ReplayOptions = {}): ReplayResult {
  let policy: ScalingPolicy | null = null;
  let state: ScalerState | null = null;
  let shape: ShapeLine | null = null;
  const result = { decisions: 0, identical: 0, fromMs: null as number | null, untilMs: null as number | null };
  const differences: Difference[] = [];
  let lineNumber = 0;
  let differed = false;
  let broken: RecordingError | null = null;
  for (const text of lines) {
    lineNumber += 1;
    if (text === '') continue;
    const line = parse(text, lineNumber);
    if (line instanceof RecordingError) {
      broken ??= line;
      continue;
    }
    // A full disk or a lost machine cuts a line off. What goes on after it begins with a header; anything else is damage.
    if (broken !== null && !('kind' in line)) throw broken;
    broken = null;
    if ('kind' in line) {
      const recorded = completed(line.policy);
      policy = change === undefined ? recorded : change(recorded);
      state = { ...initialState(line.initial), ...line.state };
      continue;
    }
    if ('latencyBoundsMs' in line) {
      shape = line;
      continue;
    }
    if (policy === null || state === null) throw new RecordingError(`line ${lineNumber}: a decision before the header`);
    const seen = seenIn(line, shape, lineNumber);
    const decision: Decision = decide(policy, { ...state, manual: line.m ?? NOTHING_MANUAL }, seen, line.t);
    state = decision.state;
    onRecord?.(decision.record, isObserved(seen) ? seen : null);
    result.decisions += 1;
    if (digestOf(decision.record) === line.d) result.identical += 1;
    result.fromMs ??= line.t;
    result.untilMs = line.t;
    differed = noteDifference(differences, differed, line, decision);
  }
  if (broken !== null && result.decisions === 0) throw broken;
  return { ...result, differences };
}

/** An earlier version's recording has no fields that came later. */
function completed({ rules, limits, ...rest }: ScalingPolicy): ScalingPolicy {
  return createPolicy(rules, limits, rest);
}

function noteDifference(differences: Difference[], differed: boolean, line: DecisionLine, decision: Decision): boolean {
  if (decision.desired === line.n) return false;
  const last = differences.at(-1);
  if (differed && last !== undefined && last.recorded === line.n && last.replayed === decision.desired) {
    differences[differences.length - 1] = { ...last, untilMs: line.t };
  } else {
    const { sentence } = decision.record;
    differences.push({ fromMs: line.t, untilMs: line.t, recorded: line.n, replayed: decision.desired, sentence });
  }
  return true;
}

function seenIn(line: DecisionLine, shape: ShapeLine | null, lineNumber: number): Seen {
  if (line.o === null) return { unobserved: line.why ?? '' };
  if (shape === null) throw new RecordingError(`line ${lineNumber}: an observation before the names of its columns`);
  return unpack(line.o, shape);
}

/** The line, or what is wrong with one that may have been cut off. */
function parse(text: string, lineNumber: number): HeaderLine | ShapeLine | DecisionLine | RecordingError {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return new RecordingError(
      `line ${lineNumber}: ${JSON.stringify(text.slice(0, 60))} is no JSON; a recording has one object a line`,
    );
  }
  if (typeof line === 'object' && line !== null) {
    if ('kind' in line && line.kind === 'tidegate-recording') {
      if ('version' in line && line.version === 1) return line as HeaderLine;
      throw new RecordingError(`line ${lineNumber}: a recording of another version; this is 1`);
    }
    if ('latencyBoundsMs' in line) return line as ShapeLine;
    if ('t' in line && 'o' in line && 'd' in line) return line as DecisionLine;
  }
  throw new RecordingError(`line ${lineNumber}: ${JSON.stringify(text.slice(0, 60))} is no line of a recording`);
}
