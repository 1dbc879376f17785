import type { Measurement } from '../health/probe.ts';
import type { ProbeSpec } from '../health/probe-state.ts';

/** A probe that has to ask somebody: it has an interval of its own, and a time within which it must have an answer. */
export interface HealthCheck {
  readonly spec: ProbeSpec;
  /** True: the runtime can do without it. It degrades the whole and makes nothing critical. */
  readonly isDependency: boolean;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** @throws whatever stood in the way; `failure` makes a measurement of it */
  readonly measure: (signal: AbortSignal) => Promise<Measurement>;
  /** What is to be believed when there was no answer. */
  readonly failure: (why: string) => Measurement;
  /** Gives back what it holds. */
  readonly close?: () => void;
}

/** When checks run, and how long each may take. */
export interface CheckTimes {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** One measurement, to be judged by its specification. */
export interface CheckResult {
  readonly spec: ProbeSpec;
  readonly isDependency: boolean;
  readonly measurement: Measurement;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Where results come from: the schedule of this process, or the workers. */
export interface CheckSource {
  /** Starts what is due; to be called about once a second. */
  tick(nowMs: number): void;
  /** Results since the previous call, in the order in which they came. */
  take(): readonly CheckResult[];
  /** Names, as in their specifications, of checks that are no longer made; each is told once. */
  takeEnded?(): readonly string[];
  /** Has one made at the next tick, whatever its interval says. */
  hurry?(name: string): void;
}
