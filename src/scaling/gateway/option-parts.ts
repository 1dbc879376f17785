import { ForwardedIdentity } from '../../ipc/forwarded-identity.ts';
import { AffinityCookies } from './affinity-cookies.ts';
import { GatewayOptionError } from './errors.ts';
import type { RequestLimiter } from './limiter.ts';
import { RouteLimits } from './limits/route-limits.ts';
import type { LoadBalancerOptions } from './options.ts';
import type { GatewaySettings } from './settings.ts';
import { TokenBuckets } from './token-buckets.ts';

/** @throws GatewayOptionError */
export function limiterOf({ limiter }: LoadBalancerOptions): RequestLimiter | undefined {
  if (limiter === undefined || 'check' in limiter) return limiter;
  if ('ratePerSecond' in limiter) return TokenBuckets.of(limiter.ratePerSecond, limiter.burst, 'limiter');
  return new RouteLimits(limiter);
}

/** Undefined: clients are not pinned by a cookie. */
export function cookiesOf({ affinity }: GatewaySettings): AffinityCookies | undefined {
  if (affinity?.by !== 'cookie') return undefined;
  return new AffinityCookies(affinity.cookieName ?? 'tidegate_affinity', affinity.secret, affinity.secure ?? false);
}

/** @throws GatewayOptionError for a secret that is too short */
export function identityOf({ identitySecret }: LoadBalancerOptions): ForwardedIdentity | undefined {
  if (identitySecret === undefined) return undefined;
  if (identitySecret.length < 16)
    throw new GatewayOptionError('identitySecret', '…', 'a secret of at least 16 characters');
  return new ForwardedIdentity(identitySecret);
}
