import { NetworkList, parseNetwork } from '../../ipc/network-list.ts';
import type { BreakerLimits } from '../balancing/circuit-breaker.ts';
import type { PolicyName } from '../balancing/registry.ts';
import { GatewayOptionError } from './errors.ts';
import { demand, isTime, limit, ratio, TIME, time, whole, withoutUndefined } from './option-checks.ts';
import type { AffinityOptions, CheckOptions, LoadBalancerOptions } from './options.ts';
import { Routes } from './routes.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './timeouts.ts';
import type { OutlierLimits } from './upstream/outlier.ts';

/** Of each client; a connection is not read from beyond it. */
export const MAX_HELD_BYTES = 65_536;
const HELD_BYTES = `a whole number from 0 to ${MAX_HELD_BYTES}`;

/** All options with their defaults, checked. */
export interface GatewaySettings {
  readonly algorithm: PolicyName;
  readonly timeouts: Timeouts;
  readonly maxconn: number;
  readonly maxqueue: number;
  readonly maxConnections: number;
  readonly maxHeadBytes: number;
  readonly maxBodyBytes: number;
  readonly holdBody: { readonly bytes: number; readonly totalBytes: number };
  /** Undefined: all paths are alike. */
  readonly routes: Routes | undefined;
  readonly retryAttempts: number;
  readonly retryBudget: number;
  readonly retryStatuses: ReadonlySet<number>;
  readonly breaker: BreakerLimits;
  readonly ejection: (OutlierLimits & { readonly intervalMs: number }) | undefined;
  readonly panicThreshold: number;
  readonly slowStartMs: number;
  readonly check: Required<CheckOptions> | undefined;
  readonly affinity: AffinityOptions | undefined;
  readonly viaName: string;
  readonly halfClose: 'abort' | 'serve';
}

/** @throws GatewayOptionError for the first option that is not what it must be */
export function gatewaySettings(options: LoadBalancerOptions): GatewaySettings {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...withoutUndefined(options.timeouts ?? {}) };
  for (const [name, value] of Object.entries(timeouts)) {
    if (!Object.hasOwn(DEFAULT_TIMEOUTS, name)) {
      throw new GatewayOptionError(`timeouts.${name}`, value, `one of ${Object.keys(DEFAULT_TIMEOUTS).join(', ')}`);
    }
    demand(`timeouts.${name}`, value, isTime(value), TIME);
  }
  const { retry = {}, breaker = {}, routes = [] } = options;
  const maxBodyBytes = limit('maxBodyBytes', options.maxBodyBytes);
  const viaName = options.viaName ?? 'tidegate';
  demand('viaName', viaName, /^[A-Za-z0-9.-]{1,64}$/.test(viaName), '1 to 64 letters, digits, dots and dashes');
  const halfClose = options.halfClose ?? 'abort';
  demand('halfClose', halfClose, halfClose === 'abort' || halfClose === 'serve', '"abort" or "serve"');
  return {
    algorithm: options.algorithm ?? 'least-connections',
    timeouts,
    maxconn: limit('maxconn', options.maxconn),
    maxqueue: whole('maxqueue', options.maxqueue, 1024, 0),
    maxConnections: limit('maxConnections', options.maxConnections),
    maxHeadBytes: whole('maxHeadBytes', options.maxHeadBytes, 16_384, 256),
    maxBodyBytes,
    holdBody: holdBodySettings(options),
    routes: routes.length === 0 ? undefined : new Routes(routes, { timeouts, maxBodyBytes }),
    retryAttempts: whole('retry.attempts', retry.attempts, 3, 0),
    retryBudget: ratio('retry.budget', retry.budget, 0.2),
    retryStatuses: new Set(
      (retry.statuses ?? []).map((status) => {
        demand(
          'retry.statuses',
          status,
          Number.isInteger(status) && status >= 400 && status <= 599,
          'statuses from 400 to 599',
        );
        return status;
      }),
    ),
    breaker: {
      failureThreshold: whole('breaker.failureThreshold', breaker.failureThreshold, 5, 1),
      successThreshold: whole('breaker.successThreshold', breaker.successThreshold, 2, 1),
      resetTimeoutMs: time('breaker.resetTimeoutMs', breaker.resetTimeoutMs, 60_000),
    },
    ejection: ejectionSettings(options),
    panicThreshold: ratio('panicThreshold', options.panicThreshold, 0.5),
    slowStartMs: whole('slowStartMs', options.slowStartMs, 0, 0),
    check: checkSettings(options),
    affinity: affinitySettings(options),
    viaName,
    halfClose,
  };
}

/** Addresses and networks in CIDR form. @throws GatewayOptionError for the first that is neither */
export function networkList(option: string, given: readonly string[] = []): NetworkList {
  for (const one of given) {
    demand(option, one, parseNetwork(one) !== undefined, 'IP addresses and networks such as "10.0.0.0/8"');
  }
  return new NetworkList(given);
}

function holdBodySettings({ holdBody = {} }: LoadBalancerOptions): GatewaySettings['holdBody'] {
  const bytes = holdBody.bytes ?? 16_384;
  demand('holdBody.bytes', bytes, Number.isInteger(bytes) && bytes >= 0 && bytes <= MAX_HELD_BYTES, HELD_BYTES);
  return { bytes, totalBytes: whole('holdBody.totalBytes', holdBody.totalBytes, 16_777_216, 0) };
}

function ejectionSettings({ ejection }: LoadBalancerOptions): GatewaySettings['ejection'] {
  if (ejection === undefined) return undefined;
  const latencyFactor = ejection.latencyFactor ?? 5;
  demand(
    'ejection.latencyFactor',
    latencyFactor,
    Number.isFinite(latencyFactor) && latencyFactor > 1,
    'a number above 1',
  );
  return {
    errorRatio: ratio('ejection.errorRatio', ejection.errorRatio, 0.5),
    latencyFactor,
    minRequests: whole('ejection.minRequests', ejection.minRequests, 20, 1),
    intervalMs: time('ejection.intervalMs', ejection.intervalMs, 10_000),
    baseMs: time('ejection.baseMs', ejection.baseMs, 30_000),
    maxRatio: ratio('ejection.maxRatio', ejection.maxRatio, 0.5),
  };
}

function checkSettings({ check }: LoadBalancerOptions): GatewaySettings['check'] {
  if (check === undefined) return undefined;
  const path = check.path ?? '/';
  demand('check.path', path, /^\/[\x21-\x7e]*$/.test(path), 'a path that begins with /');
  return {
    path,
    intervalMs: time('check.intervalMs', check.intervalMs, 2_000),
    rise: whole('check.rise', check.rise, 2, 1),
    fall: whole('check.fall', check.fall, 3, 1),
  };
}

function affinitySettings({ affinity }: LoadBalancerOptions): AffinityOptions | undefined {
  if (affinity?.by === 'cookie') {
    demand('affinity.secret', '…', affinity.secret.length >= 16, 'a secret of at least 16 characters');
    const name = affinity.cookieName ?? 'tidegate_affinity';
    demand('affinity.cookieName', name, /^[A-Za-z0-9_-]{1,64}$/.test(name), '1 to 64 letters, digits, _ and -');
  } else if (affinity?.by === 'header') {
    demand('affinity.name', affinity.name, /^[A-Za-z0-9_-]+$/.test(affinity.name), "a field's name");
  } else if (affinity !== undefined) {
    demand('affinity.by', affinity.by, affinity.by === 'address', '"cookie", "header" or "address"');
  }
  return affinity;
}
