import { LATENCY_BUCKET_COUNT, latencyBucketIndex } from '../../ipc/latency-buckets.ts';

const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'];
const OTHER_METHOD = 'OTHER';
const STATUS_CLASSES = 10;

type Row = [method: string, statusClass: string, routeClass: string, count: number];

/** Totals of all requests since the worker started; labels are few and bounded, whatever clients send. */
export class RequestCounters {
  started = 0;
  completed = 0;
  errors = 0;
  aborted = 0;
  latencySumMs = 0;
  /** After this time (`performance.now()`) a look at the loop is late: no timer gets its turn, and a request has to see to it. */
  lookDueMs = Number.POSITIVE_INFINITY;
  onLookDue: () => void = () => {};
  readonly latencyCounts: number[] = new Array<number>(LATENCY_BUCKET_COUNT).fill(0);
  /** Of each route class; empty where none is configured. */
  readonly #byRoute = new Map<string, { readonly counts: number[]; sumMs: number }>();
  readonly #rows: Row[] = [];
  /** The same rows by method and place: to put labels together for each request would cost more than all the rest. */
  readonly #byMethod = new Map<string, Row[]>([...KNOWN_METHODS, OTHER_METHOD].map((method) => [method, []]));
  readonly #routeClasses: readonly { readonly name: string; readonly prefix: string }[];

  /** `routeClasses` as configured: `name=/prefix`; the first prefix that matches wins. */
  constructor(routeClasses: readonly string[]) {
    this.#routeClasses = routeClasses.map((entry) => {
      const split = entry.indexOf('=');
      return { name: entry.slice(0, split), prefix: entry.slice(split + 1) };
    });
  }

  get inFlight(): number {
    return this.started - this.completed - this.aborted;
  }

  /** Counts a finished response. */
  complete(method: string, url: string, statusCode: number, latencyMs: number): void {
    this.completed += 1;
    if (statusCode >= 500) this.errors += 1;
    this.latencySumMs += latencyMs;
    const bucket = latencyBucketIndex(latencyMs);
    this.latencyCounts[bucket] = (this.latencyCounts[bucket] as number) + 1;
    const route = this.#routeIndexOf(url);
    const row = this.#rowOf(method, (statusCode / 100) | 0, route);
    row[3] += 1;
    if (this.#routeClasses.length > 0) this.#completeOfRoute(row[2], bucket, latencyMs);
    if (performance.now() > this.lookDueMs) this.onLookDue();
  }

  /** `[routeClass, latencyCounts, latencySumMs]`; empty where no route class is configured. */
  routes(): [string, number[], number][] {
    return [...this.#byRoute].map(([name, { counts, sumMs }]) => [name, [...counts], Number(sumMs.toFixed(3))]);
  }

  rows(): Row[] {
    return this.#rows.map((row) => [...row]);
  }

  #rowOf(method: string, statusClass: number, route: number): Row {
    const known = this.#byMethod.has(method) ? method : OTHER_METHOD;
    const rows = this.#byMethod.get(known) as Row[];
    const place = route * STATUS_CLASSES + statusClass;
    const found = rows[place];
    if (found !== undefined) return found;
    const row: Row = [known, `${statusClass}xx`, this.#routeClasses[route - 1]?.name ?? 'other', 0];
    rows[place] = row;
    this.#rows.push(row);
    return row;
  }

  #completeOfRoute(name: string, bucket: number, latencyMs: number): void {
    let route = this.#byRoute.get(name);
    if (route === undefined) {
      route = { counts: new Array<number>(LATENCY_BUCKET_COUNT).fill(0), sumMs: 0 };
      this.#byRoute.set(name, route);
    }
    route.counts[bucket] = (route.counts[bucket] as number) + 1;
    route.sumMs += latencyMs;
  }

  /** 0: none of them. */
  #routeIndexOf(url: string): number {
    for (let index = 0; index < this.#routeClasses.length; index += 1) {
      if (url.startsWith((this.#routeClasses[index] as { prefix: string }).prefix)) return index + 1;
    }
    return 0;
  }
}
