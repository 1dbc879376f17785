import type { ServiceProfile } from './profile.ts';
import { lognormal, seededRandom, seedOf } from './random.ts';
import type { Workload } from './workload.ts';

/** Every request of a run, in the order in which they are sent. Policies that are compared get the very same ones. */
export interface Arrivals {
  readonly durationS: number;
  /** Milliseconds from the start of the run, ascending. */
  readonly atMs: Float64Array;
  readonly cpuMs: Float32Array;
  /** Null: no request waits for anything. */
  readonly ioMs: Float32Array | null;
  /** Which connection sends it; null: each request has its own. */
  readonly connection: Uint16Array | null;
  /** Event-loop seconds asked for, by the second in which they arrive: erlangs. */
  readonly erlangs: Float64Array;
}

/**
 * Open-loop arrivals: a Poisson process whose rate is constant within each second. Clients do not wait for answers, so latency from
 * the moment of sending has no coordinated omission (Schroeder, Wierman and Harchol-Balter, NSDI 2006).
 */
export function generateArrivals(workload: Workload, profile: ServiceProfile, seed: number): Arrivals {
  const load = workload.erlangs(seededRandom(seedOf('load', workload.name, seed)));
  const random = seededRandom(seedOf('arrivals', workload.name, profile.name, seed));
  const cpu = lognormal(
    seededRandom(seedOf('cpu', workload.name, profile.name, seed)),
    profile.cpuMs,
    profile.cpuVariation,
  );
  const times: number[] = [];
  let atMs = 0;
  // Unit-rate process over the cumulative rate: exact for a piecewise constant rate.
  for (let second = 0; second < load.length; second += 1) {
    const ratePerMs = (load[second] as number) / profile.cpuMs;
    const endMs = (second + 1) * 1_000;
    if (atMs < second * 1_000) atMs = second * 1_000;
    while (ratePerMs > 0) {
      atMs += -Math.log(1 - random()) / ratePerMs;
      if (atMs >= endMs) break;
      times.push(atMs);
    }
    atMs = endMs;
  }
  const count = times.length;
  const cpuMs = Float32Array.from({ length: count }, cpu);
  const erlangs = new Float64Array(workload.durationS);
  for (let index = 0; index < count; index += 1) {
    const second = Math.floor((times[index] as number) / 1_000);
    erlangs[second] = (erlangs[second] as number) + (cpuMs[index] as number) / 1_000;
  }
  return {
    durationS: workload.durationS,
    atMs: Float64Array.from(times),
    cpuMs,
    ioMs: waitingTimes(count, profile, seed),
    connection: connections(count, profile, seed),
    erlangs,
  };
}

function waitingTimes(count: number, profile: ServiceProfile, seed: number): Float32Array | null {
  if (profile.ioMs === 0) return null;
  const wait = lognormal(seededRandom(seedOf('io', profile.name, seed)), profile.ioMs, profile.ioVariation);
  return Float32Array.from({ length: count }, wait);
}

/** Busy and quiet connections: the exponent gives a fifth of them 28 % of the requests. */
const CONNECTION_SKEW = 1.25;

function connections(count: number, profile: ServiceProfile, seed: number): Uint16Array | null {
  if (profile.connections === 0) return null;
  const random = seededRandom(seedOf('connections', profile.name, seed));
  return Uint16Array.from({ length: count }, () => Math.floor(random() ** CONNECTION_SKEW * profile.connections));
}
