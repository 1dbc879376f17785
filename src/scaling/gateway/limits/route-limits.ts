import { addressKey } from '../../state/limits/client-key.ts';
import { GatewayOptionError } from '../errors.ts';
import type { LimitedRequest, LimitVerdict, RequestLimiter } from '../limiter.ts';
import { TokenBuckets } from '../token-buckets.ts';
import { Refusals } from './refusals.ts';
import { holdsPath, routePath } from './route-path.ts';

/** Counts by key wherever it likes; `rateLimit()` of `tidegate/state` is one that all gateways and workers share. */
export interface KeyedLimit {
  consume(key: string): Promise<LimitVerdict & { readonly uncounted?: boolean }>;
}

/** A limit on some requests, for each client address (IPv6: its /64) by itself. */
export interface RouteLimit {
  /** Where it holds: this path and what lies below it, however it is spelled; `/`, everything. */
  readonly path?: string;
  /** Of these methods only; all. */
  readonly methods?: readonly string[];
  /** Counted in this process, or by one who shares the counts. */
  readonly limit: { readonly ratePerSecond: number; readonly burst: number } | KeyedLimit;
}

/** One of the limits, and how it is counted. */
interface Rule {
  readonly path: string;
  readonly methods: ReadonlySet<string> | undefined;
  check(key: string, request: LimitedRequest, nowMs: number): Outcome | Promise<Outcome>;
  tick(nowMs: number): void;
}

/** Undefined: it could not be counted, and is let through. */
type Outcome = LimitVerdict | undefined;

/** Several limits on one gateway: a request counts on each that holds for it, and passes if all of them let it. */
export class RouteLimits implements RequestLimiter {
  readonly #rules: readonly Rule[];

  /** @throws GatewayOptionError that names the limit and what is wrong with it */
  constructor(limits: readonly RouteLimit[]) {
    this.#rules = limits.map((limit, index) => ruleOf(limit, `limiter[${index}]`));
  }

  check(request: LimitedRequest, nowMs: number): Outcome | Promise<Outcome> {
    const path = routePath(request.target);
    // Many servers do not resolve `..`: for them the request is below what stands in front of it.
    const asWritten = routePath(request.target, false);
    const key = request.address.includes(':') ? addressKey(request.address) : request.address;
    let told: Outcome;
    let waits: Promise<Outcome>[] | undefined;
    for (const rule of this.#rules) {
      if (rule.methods !== undefined && !rule.methods.has(request.method)) continue;
      if (!holdsPath(rule.path, path) && !holdsPath(rule.path, asWritten)) continue;
      const outcome = rule.check(key, request, nowMs);
      if (outcome instanceof Promise) {
        waits ??= [];
        waits.push(outcome);
      } else told = stricter(told, outcome);
    }
    if (waits === undefined) return told;
    return Promise.all(waits).then((outcomes) => outcomes.reduce(stricter, told));
  }

  tick(nowMs: number): void {
    for (const rule of this.#rules) rule.tick(nowMs);
  }
}

/** Of two verdicts the one that a client has to know of: the refusal that lasts longer, else where less is left. */
function stricter(one: Outcome, other: Outcome): Outcome {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.allowed !== other.allowed) return one.allowed ? other : one;
  if (!one.allowed) return other.retryAfterMs > one.retryAfterMs ? other : one;
  return other.remaining < one.remaining ? other : one;
}

function ruleOf({ path = '/', methods, limit }: RouteLimit, option: string): Rule {
  if (!path.startsWith('/') || /[?#\s]/.test(path)) {
    throw new GatewayOptionError(`${option}.path`, path, 'a path that begins with / and has no query');
  }
  const where = { path: routePath(path), methods: methods === undefined ? undefined : new Set(methods) };
  return 'consume' in limit ? { ...where, ...sharedRule(limit) } : { ...where, ...ownRule(limit, option) };
}

function ownRule(
  { ratePerSecond, burst }: { readonly ratePerSecond: number; readonly burst: number },
  option: string,
): Pick<Rule, 'check' | 'tick'> {
  const buckets = TokenBuckets.of(ratePerSecond, burst, `${option}.limit`);
  return {
    check: (_key, request, nowMs) => buckets.check(request, nowMs),
    tick: (nowMs) => buckets.tick(nowMs),
  };
}

function sharedRule(limit: KeyedLimit): Pick<Rule, 'check' | 'tick'> {
  const refusals = new Refusals();
  return {
    check: (key, _request, nowMs) => refusals.of(key, nowMs) ?? counted(limit, key, refusals, nowMs),
    tick: (nowMs) => refusals.tick(nowMs),
  };
}

/** @throws Error when it could not be counted and is not to pass: 503, since it is not the client's fault */
async function counted(limit: KeyedLimit, key: string, refusals: Refusals, nowMs: number): Promise<Outcome> {
  const verdict = await limit.consume(key);
  if (verdict.uncounted === true) {
    if (verdict.allowed) return undefined;
    throw new Error('The request could not be counted.');
  }
  if (!verdict.allowed) refusals.note(key, verdict, nowMs);
  return verdict;
}
