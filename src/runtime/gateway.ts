import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Config, LbAlgorithm } from '../../config/schema.ts';
import { Gateway } from '../cluster/gateway.ts';
import type { Log } from './logger.ts';

const FILE = fileURLToPath(new URL('../scaling/gateway/gateway-process.js', import.meta.url));

/** The gateway of LB_MODE=http; null in tcp mode. */
export function createGateway(
  config: Config,
  algorithm: LbAlgorithm,
  identitySecret: string,
  log: Log['write'],
): Gateway | null {
  if (config.lbMode !== 'http' || !config.loadBalancerEnabled) return null;
  return new Gateway({
    file: FILE,
    processes: config.gatewayProcesses,
    policy: {
      algorithm,
      identitySecret,
      affinitySecret: config.lbStickySessionEnabled ? randomBytes(24).toString('hex') : null,
      trustedProxies: config.trustedProxies,
      maxconn: config.lbMaxconn || null,
      maxqueue: config.lbMaxqueue,
    },
    log,
  });
}
