import type { Observation } from '../../autoscale/observation.ts';
import {
  type Controller,
  clampTo,
  combinations,
  type Family,
  numberOf,
  type RunFacts,
  type Setting,
} from './controller.ts';
import { HpaBehavior } from './hpa-behavior.ts';

/** metrics-server keeps usage of its last scrape interval. */
const RESOLUTION_MS = 15_000;
const SYNC_MS = 15_000;
const TOLERANCE = 0.1;
/** `--horizontal-pod-autoscaler-initial-readiness-delay` */
const READINESS_DELAY_MS = 30_000;

/**
 * Kubernetes' HorizontalPodAutoscaler on a per-pod resource (autoscaling/v2).
 *
 * Clean-room, from https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ ("Algorithm details"): every 15 s
 * `ceil(current × usage ÷ target)`; within a tolerance of 0.1 nothing happens; pods not yet ready, or without figures, are set aside, then counted
 * with 0 when scaling up and with the whole target when scaling down, and a change of direction by that means no change.
 */
class Hpa implements Controller {
  readonly #metric: 'cpu' | 'elu';
  readonly #target: number;
  readonly #behavior: HpaBehavior;
  readonly #facts: RunFacts;
  #usage: { readonly atMs: number; readonly byWorker: ReadonlyMap<number, number> }[] = [];
  #desired: number;

  constructor(setting: Setting, facts: RunFacts) {
    this.#metric = setting.metric === 'elu' ? 'elu' : 'cpu';
    this.#target = numberOf(setting, 'targetPercent') / 100;
    this.#behavior = new HpaBehavior(numberOf(setting, 'downWindowS') * 1_000, facts.initial);
    this.#facts = facts;
    this.#desired = facts.initial;
  }

  decide({ nowMs, observation }: { readonly nowMs: number; readonly observation: Observation }) {
    const figures = observation.workers.flatMap(({ id, phase, sampleAgeMs, figures: of }) =>
      phase === 'ready' && of !== null && (sampleAgeMs ?? 0) <= RESOLUTION_MS ? [[id, of[this.#metric]] as const] : [],
    );
    this.#usage = [
      ...this.#usage.filter(({ atMs }) => atMs > nowMs - RESOLUTION_MS),
      { atMs: nowMs, byWorker: new Map(figures) },
    ];
    if (nowMs % SYNC_MS === 0) {
      const wanted = this.#recommend(observation);
      this.#desired = clampTo(this.#facts.limits, this.#behavior.apply(nowMs, this.#desired, wanted));
    }
    return { desired: this.#desired, reason: `${this.#metric} target ${this.#target * 100} %` };
  }

  #recommend(observation: Observation): number {
    const pods = observation.workers.filter(({ phase }) => phase !== 'draining');
    const current = Math.max(1, this.#desired);
    const settled = pods.filter(
      ({ phase, readyAtMs }) =>
        phase === 'ready' && (readyAtMs === null || observation.atMs - readyAtMs >= READINESS_DELAY_MS),
    );
    // Shortly after its start a pod's usage is that of the start; once most are new, there is nothing else to go by.
    const judged = settled.length > 0 ? settled : pods.filter(({ phase }) => phase === 'ready');
    const usages = judged.map(({ id }) => this.#meanOf(id)).filter((usage) => usage !== null);
    if (usages.length === 0) return current;
    const sum = usages.reduce((total, usage) => total + usage, 0);
    const ratio = sum / usages.length / this.#target;
    const setAside = Math.max(0, current - usages.length);
    if (setAside === 0) return Math.abs(ratio - 1) <= TOLERANCE ? current : podsFor(ratio * usages.length);
    const assumed = ratio > 1 ? 0 : this.#target;
    const rebalanced = (sum + setAside * assumed) / (usages.length + setAside) / this.#target;
    const turned = (ratio > 1 && rebalanced < 1) || (ratio < 1 && rebalanced > 1);
    if (Math.abs(rebalanced - 1) <= TOLERANCE || turned) return current;
    return podsFor(rebalanced * (usages.length + setAside));
  }

  #meanOf(id: number): number | null {
    const values = this.#usage.flatMap(({ byWorker }) => byWorker.get(id) ?? []);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}

/** Kubernetes counts in thousandths: what floating point adds beyond is no pod. */
function podsFor(exact: number): number {
  return Math.ceil(exact - 0.001);
}

export const hpa: Family = {
  name: 'hpa',
  title: 'Kubernetes HorizontalPodAutoscaler',
  defaults: { metric: 'cpu', targetPercent: 80, downWindowS: 300 },
  grid: [
    { metric: 'cpu', targetPercent: 80, downWindowS: 300 },
    ...combinations({ metric: ['elu'], targetPercent: [30, 50, 70], downWindowS: [60, 300] }),
  ],
  create: (setting, facts) => new Hpa(setting, facts),
};
