import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, LbAlgorithm } from '../../config/schema.ts';
import { Gateway } from '../cluster/gateway.ts';
import { Certificate } from '../scaling/gateway/front/certificate.ts';
import type { StateSettings } from '../scaling/state/settings.ts';
import type { Log } from './logger.ts';

const FILE = fileURLToPath(new URL('../scaling/gateway/gateway-process.js', import.meta.url));

/** The gateway of LB_MODE=http; null in tcp mode. @throws GatewayOptionError for a certificate that can't be used */
export function createGateway(
  config: Config,
  algorithm: LbAlgorithm,
  identitySecret: string,
  state: StateSettings | null,
  log: Log['write'],
): Gateway | null {
  if (config.lbMode !== 'http' || !config.loadBalancerEnabled) return null;
  const { gatewayTlsCertFile: certFile, gatewayTlsKeyFile: keyFile } = config;
  const tls = certFile === '' ? null : { certFile: path.resolve(certFile), keyFile: path.resolve(keyFile) };
  if (tls !== null) new Certificate(tls); // what can't be served is said now
  return new Gateway({
    file: FILE,
    processes: config.gatewayProcesses,
    policy: {
      algorithm,
      identitySecret,
      affinitySecret: config.lbStickySessionEnabled ? randomBytes(24).toString('hex') : null,
      trustedProxies: config.trustedProxies,
      proxyProtocolFrom: config.proxyProtocolFrom,
      tls,
      maxconn: config.lbMaxconn || null,
      maxqueue: config.lbMaxqueue,
      timeouts: config.lbTimeouts,
      maxBodyBytes: config.lbMaxBodyBytes || null,
      rateLimits: config.lbRateLimits,
      state,
    },
    log,
  });
}
