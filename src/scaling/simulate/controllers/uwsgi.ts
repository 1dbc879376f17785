import {
  type Controller,
  type ControllerView,
  clampTo,
  combinations,
  type Family,
  numberOf,
  type RunFacts,
  type Setting,
} from './controller.ts';
import { Readings } from './readings.ts';

/** `cheaper-busyness-backlog-alert`: queued requests that call for workers at once, and how many. */
const BACKLOG_ALERT = 33;
const BACKLOG_STEP = 1;
const PENALTY = 2;

/**
 * uWSGI's `cheaper_busyness` algorithm.
 *
 * Clean-room, from https://uwsgi-docs.readthedocs.io/en/latest/Cheaper.html: each `cheaper-overload` seconds the mean busyness is looked at. Above
 * `busyness-max` (50 %) it adds `cheaper-step` (1); below `busyness-min` (25 %) for `busyness-multiplier` (10) looks in a row it takes one away. Adding
 * one back within that many looks lengthens the wait by `busyness-penalty` (2). A backlog above 33 adds one at once.
 */
class Busyness implements Controller {
  readonly #facts: RunFacts;
  readonly #cycleMs: number;
  readonly #min: number;
  readonly #max: number;
  readonly #busy: Readings;
  #multiplier: number;
  #quietCycles = 0;
  #cyclesSinceRelease = Number.POSITIVE_INFINITY;
  #desired: number;

  constructor(setting: Setting, facts: RunFacts) {
    this.#facts = facts;
    this.#cycleMs = numberOf(setting, 'overloadS') * 1_000;
    this.#min = numberOf(setting, 'minPercent') / 100;
    this.#max = numberOf(setting, 'maxPercent') / 100;
    this.#multiplier = numberOf(setting, 'multiplier');
    this.#busy = new Readings(({ elu }) => elu, this.#cycleMs);
    this.#desired = facts.initial;
  }

  decide({ nowMs, observation, front }: ControllerView) {
    this.#busy.note(nowMs, observation);
    const ready = observation.workers.filter(({ phase }) => phase === 'ready').length;
    if (front.queued > BACKLOG_ALERT && this.#desired <= ready) return this.#grow(BACKLOG_STEP, 'backlog alert');
    if (nowMs % this.#cycleMs !== 0) return this.#hold();
    this.#cyclesSinceRelease += 1;
    const busyness = this.#busy.mean(nowMs, this.#cycleMs);
    if (busyness === null) return this.#hold();
    if (busyness > this.#max) {
      if (this.#cyclesSinceRelease <= this.#multiplier) this.#multiplier += PENALTY;
      return this.#grow(1, 'busyness above its maximum');
    }
    this.#quietCycles = busyness < this.#min ? this.#quietCycles + 1 : 0;
    if (this.#quietCycles < this.#multiplier) return this.#hold();
    this.#quietCycles = 0;
    this.#cyclesSinceRelease = 0;
    this.#desired = clampTo(this.#facts.limits, this.#desired - 1);
    return { desired: this.#desired, reason: 'busyness below its minimum' };
  }

  #grow(workers: number, reason: string) {
    this.#quietCycles = 0;
    this.#desired = clampTo(this.#facts.limits, this.#desired + workers);
    return { desired: this.#desired, reason };
  }

  #hold() {
    return { desired: this.#desired, reason: 'busyness in range' };
  }
}

export const uwsgi: Family = {
  name: 'uwsgi-busyness',
  title: "uWSGI's cheaper_busyness",
  defaults: { overloadS: 3, minPercent: 25, maxPercent: 50, multiplier: 10 },
  grid: combinations({ overloadS: [1, 3], minPercent: [25], maxPercent: [50, 65], multiplier: [10] }),
  create: (setting, facts) => new Busyness(setting, facts),
};
