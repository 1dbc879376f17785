import type { ClusterStatus, TelemetryTotals, WorkerStatus } from '../../ipc/status.ts';
import { addCounts, countsSince, emptyCounts } from './histogram.ts';
import { addTraffic, NO_TRAFFIC, type TrafficTotals, trafficOf, trafficSince } from './traffic-totals.ts';

/** Requests of one slot with one set of labels. */
export interface RequestCount {
  readonly method: string;
  readonly statusClass: string;
  readonly routeClass: string;
  readonly count: number;
}

const SLOT_COUNTERS = [
  'connectionsAccepted',
  'connectionsMovedIn',
  'connectionsMovedOut',
  'requestsAborted',
] as const satisfies readonly (keyof TelemetryTotals)[];

/** Counters of a slot that carry no label but the slot. */
export type SlotCounter = (typeof SLOT_COUNTERS)[number];

/**
 * Sets of labels of one slot that are kept apart; what more there are is counted under a method and a route class of its own. With the 21
 * other series of a worker that makes 60 at most, whatever clients send.
 */
const MAX_LABEL_SETS = 33;
const FOLDED = { method: 'OTHER', routeClass: 'other' };

interface SlotTotals {
  readonly counters: Record<SlotCounter, number>;
  readonly requests: Map<string, RequestCount>;
}

/**
 * Adds up what workers report as totals of their own, so that no sum ever falls: each worker's growth is credited
 * to its slot and to the cluster as it is seen, and a worker that is gone leaves behind what was credited.
 * (Summing the living instead would fall whenever one leaves, which Prometheus reads as a reset.)
 */
export class TotalsLedger {
  #lastSeen = new Map<number, TelemetryTotals>();
  readonly #slots = new Map<number, SlotTotals>();
  #traffic: TrafficTotals = NO_TRAFFIC;
  readonly #routes = new Map<string, { readonly latencyCounts: number[]; latencySumMs: number }>();

  /** Credits what is new. The first sight of a worker counts from 0. Calling it again with the same status changes nothing. */
  fold(status: ClusterStatus): void {
    const seen = new Map<number, TelemetryTotals>();
    for (const worker of status.workers) {
      const before = this.#lastSeen.get(worker.id);
      const after = worker.sample?.totals ?? before;
      if (after === undefined) continue;
      seen.set(worker.id, after);
      if (after !== before) this.#credit(worker, before, after);
    }
    this.#lastSeen = seen;
  }

  /** All workers there ever were. */
  get traffic(): TrafficTotals {
    return this.#traffic;
  }

  /** Latencies of each route class, of all workers there ever were; empty where none is configured. */
  get routes(): ReadonlyMap<string, Pick<TrafficTotals, 'latencyCounts' | 'latencySumMs'>> {
    return this.#routes;
  }

  /** Slots that ever served, ascending. */
  slots(): readonly number[] {
    return [...this.#slots.keys()].sort((left, right) => left - right);
  }

  counter(slot: number, name: SlotCounter): number {
    return this.#slots.get(slot)?.counters[name] ?? 0;
  }

  requests(slot: number): readonly RequestCount[] {
    return [...(this.#slots.get(slot)?.requests.values() ?? [])];
  }

  #credit({ slot }: WorkerStatus, before: TelemetryTotals | undefined, after: TelemetryTotals): void {
    const totals = this.#slotTotals(slot);
    for (const name of SLOT_COUNTERS) totals.counters[name] += growth(before?.[name], after[name]);
    const countsBefore = new Map(before?.requests.map((row) => [keyOf(row), row[3]]));
    for (const row of after.requests) {
      const [, , , count] = row;
      this.#creditRequests(totals.requests, row, growth(countsBefore.get(keyOf(row)), count));
    }
    this.#creditRoutes(before, after);
    const trafficBefore = before === undefined ? NO_TRAFFIC : trafficOf(before);
    this.#traffic = addTraffic(this.#traffic, trafficSince(trafficBefore, trafficOf(after)));
  }

  #creditRoutes(before: TelemetryTotals | undefined, after: TelemetryTotals): void {
    const known = new Map(before?.routes?.map(([name, counts, sumMs]) => [name, { counts, sumMs }]));
    for (const [name, counts, sumMs] of after.routes ?? []) {
      const { counts: countsBefore = [], sumMs: sumBeforeMs = 0 } = known.get(name) ?? {};
      const route = this.#routes.get(name) ?? { latencyCounts: emptyCounts(), latencySumMs: 0 };
      this.#routes.set(name, route);
      addCounts(route.latencyCounts, countsSince(countsBefore, counts));
      route.latencySumMs += growth(sumBeforeMs, sumMs);
    }
  }

  /** Where a row is counted is decided when it is first seen, and stays: no count may fall. */
  #creditRequests(requests: Map<string, RequestCount>, row: TelemetryTotals['requests'][number], by: number): void {
    const [method, statusClass, routeClass] = row;
    const ownKey = keyOf(row);
    const isOwn = requests.has(ownKey) || requests.size < MAX_LABEL_SETS;
    const labels = isOwn ? { method, statusClass, routeClass } : { ...FOLDED, statusClass };
    const key = isOwn ? ownKey : keyOf([labels.method, statusClass, labels.routeClass, 0]);
    requests.set(key, { ...labels, count: (requests.get(key)?.count ?? 0) + by });
  }

  #slotTotals(slot: number): SlotTotals {
    let totals = this.#slots.get(slot);
    if (totals === undefined) {
      const counters = { connectionsAccepted: 0, connectionsMovedIn: 0, connectionsMovedOut: 0, requestsAborted: 0 };
      totals = { counters, requests: new Map() };
      this.#slots.set(slot, totals);
    }
    return totals;
  }
}

function growth(before: number | undefined, after: number): number {
  return Math.max(0, after - (before ?? 0));
}

function keyOf([method, statusClass, routeClass]: TelemetryTotals['requests'][number]): string {
  return JSON.stringify([method, statusClass, routeClass]);
}
