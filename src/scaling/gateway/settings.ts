import { isIP } from 'node:net';
import type { BreakerLimits } from '../balancing/circuit-breaker.ts';
import type { PolicyName } from '../balancing/registry.ts';
import { GatewayOptionError } from './errors.ts';
import type { AffinityOptions, CheckOptions, LoadBalancerOptions, UpstreamOptions } from './options.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './timeouts.ts';
import type { OutlierLimits } from './upstream/outlier.ts';

/** All options with their defaults, checked. */
export interface GatewaySettings {
  readonly algorithm: PolicyName;
  readonly timeouts: Timeouts;
  readonly maxconn: number;
  readonly maxqueue: number;
  readonly maxConnections: number;
  readonly maxHeadBytes: number;
  readonly maxBodyBytes: number;
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

const WHOLE = 'a whole number of at least 1';
const RATIO = 'a number from 0 to 1';
const TIME = 'a number of milliseconds above 0 and below 2^31';

/** @throws GatewayOptionError for the first option that is not what it must be */
export function gatewaySettings(options: LoadBalancerOptions): GatewaySettings {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...withoutUndefined(options.timeouts ?? {}) };
  for (const [name, value] of Object.entries(timeouts)) {
    if (!Object.hasOwn(DEFAULT_TIMEOUTS, name)) {
      throw new GatewayOptionError(`timeouts.${name}`, value, `one of ${Object.keys(DEFAULT_TIMEOUTS).join(', ')}`);
    }
    demand(`timeouts.${name}`, value, isTime(value), TIME);
  }
  const { retry = {}, breaker = {} } = options;
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
    maxBodyBytes: limit('maxBodyBytes', options.maxBodyBytes),
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

/** Names and weights of one upstream, checked. @throws GatewayOptionError */
export function checkUpstream(given: UpstreamOptions, path: string): void {
  const { port, socketPath, host, weight, name, slot } = given;
  if (socketPath === undefined) {
    demand(
      `${path}.port`,
      port,
      Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536,
      'a port from 1 to 65535, or a socketPath',
    );
    demand(`${path}.host`, host, host === undefined || host !== '', 'a host name or an address');
  } else {
    demand(
      `${path}.socketPath`,
      socketPath,
      socketPath !== '' && port === undefined && host === undefined,
      'a path, without host and port',
    );
  }
  demand(`${path}.weight`, weight, weight === undefined || isWeight(weight), 'a finite number above 0');
  demand(`${path}.name`, name, name === undefined || name !== '', 'a name that is not empty');
  demand(
    `${path}.slot`,
    slot,
    slot === undefined || (Number.isInteger(slot) && slot >= 0),
    'a whole number of at least 0',
  );
  limit(`${path}.maxconn`, given.maxconn);
}

export function isWeight(weight: number): boolean {
  return Number.isFinite(weight) && weight > 0;
}

/** An address or a network in CIDR form. @throws GatewayOptionError */
export function networkOf(given: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', bits, more] = given.split('/');
  const version = isIP(address);
  const widest = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? widest : Number(bits);
  const valid = version !== 0 && more === undefined && /^\d+$/.test(bits ?? '0') && prefix <= widest;
  demand('trustedProxies', given, valid, 'IP addresses and networks such as "10.0.0.0/8"');
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
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

function demand(option: string, given: unknown, valid: boolean, allowed: string): void {
  if (!valid) throw new GatewayOptionError(option, given, allowed);
}

function whole(option: string, given: number | undefined, byDefault: number, least: number): number {
  const value = given ?? byDefault;
  demand(option, value, Number.isInteger(value) && value >= least, `a whole number of at least ${least}`);
  return value;
}

/** No limit when it is not given. */
function limit(option: string, given: number | undefined): number {
  if (given === undefined || given === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  demand(option, given, Number.isInteger(given) && given >= 1, WHOLE);
  return given;
}

function ratio(option: string, given: number | undefined, byDefault: number): number {
  const value = given ?? byDefault;
  demand(option, value, value >= 0 && value <= 1, RATIO);
  return value;
}

function time(option: string, given: number | undefined, byDefault: number): number {
  const value = given ?? byDefault;
  demand(option, value, isTime(value), TIME);
  return value;
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < 2 ** 31;
}

function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
