import { LATENCY_BUCKET_COUNT, latencyBucketIndex } from '../../ipc/latency-buckets.ts';

/** Totals of all requests since the worker started; labels are few and bounded, whatever clients send. */
export class RequestCounters {
  started = 0;
  completed = 0;
  errors = 0;
  aborted = 0;
  latencySumMs = 0;
  readonly latencyCounts: number[] = new Array<number>(LATENCY_BUCKET_COUNT).fill(0);
  /** Of each route class; empty where none is configured. */
  readonly #byRoute = new Map<string, { readonly counts: number[]; sumMs: number }>();
  readonly #byLabels = new Map<string, number>();
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
    const routeClass = this.#routeClassOf(url);
    if (this.#routeClasses.length > 0) this.#completeOfRoute(routeClass, bucket, latencyMs);
    const labels = `${KNOWN_METHODS.has(method) ? method : 'OTHER'} ${(statusCode / 100) | 0}xx ${routeClass}`;
    this.#byLabels.set(labels, (this.#byLabels.get(labels) ?? 0) + 1);
  }

  /** `[routeClass, latencyCounts, latencySumMs]`; empty where no route class is configured. */
  routes(): [string, number[], number][] {
    return [...this.#byRoute].map(([name, { counts, sumMs }]) => [name, [...counts], Number(sumMs.toFixed(3))]);
  }

  /** `[method, statusClass, routeClass, count]` rows. */
  rows(): [string, string, string, number][] {
    return [...this.#byLabels].map(([labels, count]) => {
      const [method = '', statusClass = '', routeClass = ''] = labels.split(' ');
      return [method, statusClass, routeClass, count];
    });
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

  #routeClassOf(url: string): string {
    for (const { name, prefix } of this.#routeClasses) if (url.startsWith(prefix)) return name;
    return 'other';
  }
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);
