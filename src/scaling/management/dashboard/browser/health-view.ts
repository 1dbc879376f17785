/** Health, alerts and breakers as lists, the worst first. */
import { showPercent } from './figures.ts';
import type { Tone } from './worker-view.ts';

export interface Finding {
  readonly name: string;
  readonly level: string;
  readonly tone: Tone;
  readonly text: string;
}

/** The part of GET /health that is shown; a body may lack any of it. */
export interface HealthBody {
  readonly status?: string;
  readonly probes?: Readonly<Record<string, { readonly level: string; readonly sentence: string }>>;
  readonly dependencies?: Readonly<Record<string, { readonly level: string; readonly sentence: string }>>;
  readonly recoveries?: readonly {
    readonly atMs: number;
    readonly workerId?: number;
    readonly outcome: string;
    readonly detail: string;
  }[];
  readonly alerts?: readonly AlertNews[];
}

const TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  healthy: 'good',
  closed: 'good',
  warning: 'warn',
  degraded: 'warn',
  'half-open': 'warn',
  stopping: 'warn',
  critical: 'bad',
  unhealthy: 'bad',
  open: 'bad',
};
const WEIGHT: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, idle: 2, good: 3 };

export function toneOf(level: string): Tone {
  return TONES[level] ?? 'idle';
}

function worstFirst<T extends { readonly tone: Tone }>(findings: readonly T[]): readonly T[] {
  return findings.toSorted((a, b) => WEIGHT[a.tone] - WEIGHT[b.tone]);
}

export function healthFindings({ probes = {}, dependencies = {} }: HealthBody): readonly Finding[] {
  const all = [...Object.entries(dependencies), ...Object.entries(probes)];
  return worstFirst(all.map(([name, { level, sentence }]) => ({ name, level, tone: toneOf(level), text: sentence })));
}

/** As in an `alert` event and GET /health. */
export interface AlertNews {
  readonly key: string;
  readonly state: string;
  readonly severity: string;
  readonly sentence: string;
  readonly startedAtMs: number;
  readonly atMs: number;
  /** It was told before and is still so. */
  readonly repeated?: boolean;
  /** Set: a silence keeps channels from telling of it. */
  readonly silencedBy?: string;
}

const ALERTS_KEPT = 50;

/** Those that fire, and of the news those that are over. */
export function allAlerts(active: readonly AlertNews[], recent: readonly AlertNews[]): readonly AlertNews[] {
  return inOrder([...active, ...recent.filter(({ state }) => state === 'resolved')]);
}

/** With one more: it takes the place of what was firing for the same trouble. */
export function withAlert(known: readonly AlertNews[], news: AlertNews): readonly AlertNews[] {
  return inOrder([news, ...known.filter(({ key, state }) => key !== news.key || state !== 'firing')]);
}

/** Each once, firing ones first, then the latest. */
function inOrder(alerts: readonly AlertNews[]): readonly AlertNews[] {
  const byKey = new Map(alerts.map((alert) => [`${alert.key}@${alert.startedAtMs}`, alert]));
  const rank = ({ state }: AlertNews): number => (state === 'firing' ? 0 : 1);
  return [...byKey.values()].sort((a, b) => rank(a) - rank(b) || b.atMs - a.atMs).slice(0, ALERTS_KEPT);
}

export interface BreakerFinding extends Finding {
  readonly canReset: boolean;
}

/** Breakers by name, from the statistics or from the upstreams of the balancer. */
export function breakerFindings(breakers: Readonly<Record<string, unknown>>): readonly BreakerFinding[] {
  return worstFirst(
    Object.entries(breakers).map(([name, report]) => {
      const {
        state = 'unknown',
        successRate,
        failedRequests,
        rejectedRequests,
        lastFailure,
      } = (report ?? {}) as BreakerReport;
      const parts = [
        ...(successRate === undefined
          ? []
          : [`${showPercent(successRate, successRate > 0.99 && successRate < 1 ? 2 : 0)} succeed`]),
        ...(failedRequests ? [`${failedRequests} failed`] : []),
        ...(rejectedRequests ? [`${rejectedRequests} times kept away`] : []),
        ...(lastFailure ? [lastFailure] : []),
      ];
      const tone = toneOf(state);
      return { name, level: state, tone, text: parts.join(', '), canReset: tone === 'bad' || tone === 'warn' };
    }),
  );
}

interface BreakerReport {
  readonly state?: string;
  readonly successRate?: number;
  readonly failedRequests?: number;
  readonly rejectedRequests?: number;
  readonly lastFailure?: string | null;
}
