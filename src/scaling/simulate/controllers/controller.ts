import type { Observation } from '../../autoscale/observation.ts';
import type { DecisionRecord } from '../../autoscale/record.ts';
import type { Arrivals } from '../load/arrivals.ts';
import type { ServiceProfile } from '../load/profile.ts';

/** What a controller may look at, once a second. */
export interface ControllerView {
  readonly nowMs: number;
  /** As the live collector makes it. */
  readonly observation: Observation;
  /**
   * What a proxy in front of the workers would measure of the past second, and Tidegate's agents can't: the mean number of requests
   * sent and not answered, those in socket queues included. Peers that own such a proxy (Knative's queue-proxy, KEDA's interceptor) get it.
   */
  readonly front: { readonly concurrency: number; readonly requestsPerSecond: number; readonly queued: number };
}

export interface Verdict {
  readonly desired: number;
  /** A few words for the picture. */
  readonly reason: string;
  /** Tidegate's own. */
  readonly record?: DecisionRecord;
}

/** Something that sizes a fleet. One object controls one run. */
export interface Controller {
  /** True: its agents report saturation at once, and it is asked then as well. */
  readonly hearsEarly?: boolean;
  decide(view: ControllerView): Verdict;
}

/** What a controller knows of a run before it begins. */
export interface RunFacts {
  readonly limits: { readonly min: number; readonly max: number };
  readonly initial: number;
  readonly profile: ServiceProfile;
  readonly startMs: number;
  /** Of the machine, where the workload has none of its own. */
  readonly cores: number;
  /** For the clairvoyant one only. */
  readonly arrivals: Arrivals;
}

/** Settings by name; of all kinds of controllers. */
export type Setting = Readonly<Record<string, number | string>>;

/** A kind of controller: how to make one, with which settings. */
export interface Family {
  readonly name: string;
  readonly title: string;
  /** What its documentation gives somebody who changes nothing. */
  readonly defaults: Setting;
  /** Every setting that the tuning tries, the default among them. */
  readonly grid: readonly Setting[];
  create(setting: Setting, facts: RunFacts): Controller;
}

/** A numeric setting. */
export function numberOf(setting: Setting, key: string): number {
  const value = setting[key];
  if (typeof value !== 'number') throw new TypeError(`setting ${key}: given ${String(value)}; must be a number`);
  return value;
}

/** The combinations of all values given for each key. */
export function combinations(values: Readonly<Record<string, readonly (number | string)[]>>): readonly Setting[] {
  return Object.entries(values).reduce<readonly Setting[]>(
    (settings, [key, choices]) =>
      settings.flatMap((setting) => choices.map((choice) => ({ ...setting, [key]: choice }))),
    [{}],
  );
}

export function clampTo({ min, max }: RunFacts['limits'], workers: number): number {
  return Math.min(max, Math.max(min, workers));
}
