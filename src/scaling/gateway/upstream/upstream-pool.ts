import { observeLatency } from '../../balancing/peak-ewma.ts';
import { isAvailable, type Policy } from '../../balancing/policy.ts';
import { createPolicy } from '../../balancing/registry.ts';
import { GatewayOptionError } from '../errors.ts';
import type { UpstreamEvent, UpstreamOptions } from '../options.ts';
import { checkUpstream } from '../upstream-options.ts';
import { outliers } from './outlier.ts';
import { Upstream, type UpstreamSurroundings, upstreamName } from './upstream.ts';

/** `busy`: there are some, and all are full; `none`: there is nobody to send it to. */
export type Pick = Upstream | 'busy' | 'none';

/** The upstreams, who of them may get work, and which one does. */
export class UpstreamPool {
  readonly #around: UpstreamSurroundings;
  readonly #policy: Policy;
  readonly #observesLatency: boolean;
  /** One of each kind for all picks: nothing is made per request. */
  readonly #keyless: { nowMs: number; readonly random: () => number };
  readonly #keyed: { key: string; nowMs: number; readonly random: () => number };
  #members: Upstream[] = [];
  #nextId = 0;
  /** Who may get work, as of the last change; full ones among them. */
  #eligible: Upstream[] | undefined;
  /** Left out by their breakers. */
  #shunned: Upstream[] = [];
  /** Some of the eligible may be full or on trial, so each pick has to look. */
  #looks = false;
  #nextComparisonMs: number;

  constructor(around: UpstreamSurroundings, random: () => number, nowMs: number) {
    const { settings } = around;
    this.#around = { ...around, onAvailability: () => this.changed() };
    this.#policy = createPolicy(settings.algorithm);
    this.#observesLatency = settings.algorithm === 'peak-ewma';
    this.#keyless = { nowMs, random };
    this.#keyed = { key: '', nowMs, random };
    this.#nextComparisonMs = nowMs + (settings.ejection?.intervalMs ?? Number.POSITIVE_INFINITY);
  }

  get members(): readonly Upstream[] {
    return this.#members;
  }

  get(name: string): Upstream | undefined {
    return this.#members.find((member) => member.name === name);
  }

  /** @throws GatewayOptionError for bad options, a name that is there already, or a slot that another one holds that is not draining */
  add(options: UpstreamOptions, path: string, nowMs: number): Upstream {
    checkUpstream(options, path);
    const name = upstreamName(options);
    if (this.get(name) !== undefined)
      throw new GatewayOptionError(`${path}.name`, name, 'a name that no other upstream has');
    const upstream = new Upstream(this.#freeId(options), options, this.#around, nowMs);
    if (this.#members.some((member) => member.slot === upstream.slot && !member.draining)) {
      throw new GatewayOptionError(
        `${path}.slot`,
        upstream.slot,
        'a slot that no other upstream holds, unless that one is draining',
      );
    }
    upstream.updateWeight(nowMs);
    this.#members = [...this.#members, upstream];
    this.changed();
    return upstream;
  }

  /** It gets no more work; what it has goes on to its end. */
  remove(upstream: Upstream): void {
    upstream.draining = true;
    this.#members = this.#members.filter((member) => member !== upstream);
    upstream.closeIdle();
    this.changed();
  }

  changed(): void {
    this.#eligible = undefined;
  }

  report(event: UpstreamEvent): void {
    this.#around.onEvent(event);
  }

  /** Among those with room, without those that were `tried`. */
  pick(key: string | undefined, tried: readonly Upstream[] | undefined, nowMs: number): Pick {
    this.#eligible ??= this.#whoIsEligible();
    let pool = this.#eligible;
    if (tried !== undefined) pool = pool.filter((upstream) => !tried.includes(upstream));
    for (const upstream of this.#shunned) upstream.breaker.noteRejected();
    if (pool.length === 0) return 'none';
    if (this.#looks) {
      pool = pool.filter(
        (upstream) => upstream.hasRoom && (upstream.breaker.state !== 'half-open' || upstream.breaker.admits()),
      );
      if (pool.length === 0) return 'busy';
    }
    const context = key === undefined ? this.#keyless : this.#keyed;
    context.nowMs = nowMs;
    if (key !== undefined) this.#keyed.key = key;
    return (this.#policy.pick(pool, context) as Upstream | undefined) ?? 'none';
  }

  /** One upstream may get this request. */
  isEligible(upstream: Upstream): boolean {
    this.#eligible ??= this.#whoIsEligible();
    return this.#eligible.includes(upstream) && (upstream.breaker.state !== 'half-open' || upstream.breaker.admits());
  }

  /** A response's head has come. */
  observe(upstream: Upstream, failed: boolean, latencyMs: number, nowMs: number): void {
    upstream.intervalRequests += 1;
    upstream.intervalLatencySumMs += latencyMs;
    if (failed) upstream.intervalErrors += 1;
    if (!this.#observesLatency) return;
    const state = observeLatency(upstream, latencyMs, nowMs);
    upstream.latencyMs = state.latencyMs;
    upstream.latencyAtMs = state.latencyAtMs;
  }

  /** What time alone changes: breakers half-open, weights rise, ejections end. */
  tick(nowMs: number): void {
    for (const upstream of this.#members) {
      upstream.breaker.tick(nowMs);
      if (this.#around.settings.slowStartMs > 0) upstream.updateWeight(nowMs);
      if (upstream.ejected && nowMs >= upstream.ejectedUntilMs) this.#return(upstream, nowMs);
    }
    if (nowMs >= this.#nextComparisonMs) this.#compare(nowMs);
  }

  #compare(nowMs: number): void {
    const ejection = this.#around.settings.ejection;
    if (ejection === undefined) return;
    this.#nextComparisonMs = nowMs + ejection.intervalMs;
    const members = this.#members.filter((member) => !member.draining);
    const reasons = outliers(
      members.map((member) => ({
        requests: member.intervalRequests,
        errors: member.intervalErrors,
        latencySumMs: member.intervalLatencySumMs,
        ejected: member.ejected,
      })),
      ejection,
    );
    members.forEach((member, index) => {
      const reason = reasons[index];
      if (reason !== undefined) {
        member.ejected = true;
        member.ejections += 1;
        member.ejectedUntilMs = nowMs + ejection.baseMs * member.ejections;
        this.#around.onEvent({ upstream: member.name, kind: 'ejected', detail: reason });
        this.changed();
      } else if (!member.ejected && member.intervalRequests >= ejection.minRequests) {
        member.ejections = 0;
      }
      member.intervalRequests = 0;
      member.intervalErrors = 0;
      member.intervalLatencySumMs = 0;
    });
  }

  #return(upstream: Upstream, nowMs: number): void {
    upstream.ejected = false;
    upstream.becameReady(nowMs);
    this.#around.onEvent({ upstream: upstream.name, kind: 'returned', detail: 'ejection over' });
    this.changed();
  }

  #whoIsEligible(): Upstream[] {
    const wanted = this.#members.filter((member) => !member.draining);
    // On trial counts as available here: how many trials are left is looked at in each pick.
    let eligible = wanted.filter(
      (member) => isAvailable(member) || (member.breaker.state === 'half-open' && member.check.up && !member.ejected),
    );
    if (eligible.length < wanted.length * this.#around.settings.panicThreshold) {
      const reachable = wanted.filter((member) => eligible.includes(member) || member.availableInPanic);
      if (reachable.length > 0) eligible = reachable;
    }
    this.#shunned = wanted.filter((member) => !eligible.includes(member) && member.breaker.state === 'open');
    this.#looks = eligible.some(
      (member) => member.maxconn !== Number.POSITIVE_INFINITY || member.breaker.state === 'half-open',
    );
    return eligible;
  }

  /** Ids ascend; they skip slots in use, since an upstream without a slot of its own takes its id for one. */
  #freeId(options: UpstreamOptions): number {
    let id = this.#nextId;
    if (options.slot === undefined) while (this.#members.some((member) => member.slot === id)) id += 1;
    this.#nextId = id + 1;
    return id;
  }
}
