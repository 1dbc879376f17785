import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, LbAlgorithm } from '../../config/schema.ts';
import { Gateway } from '../cluster/gateway.ts';
import type { GatewayPolicy } from '../ipc/gateway-protocol.ts';
import { Certificates } from '../scaling/gateway/front/certificates.ts';
import { policyOptions } from '../scaling/gateway/policy-options.ts';
import { gatewaySettings } from '../scaling/gateway/settings.ts';
import type { StateSettings } from '../scaling/state/settings.ts';
import type { Log } from './logger.ts';

const FILE = fileURLToPath(new URL('./gateway-process.js', import.meta.url));

/** The gateway of LB_MODE=http; null in tcp mode. @throws GatewayOptionError for a certificate that can't be used */
export function createGateway(
  config: Config,
  algorithm: LbAlgorithm,
  identitySecret: string,
  state: StateSettings | null,
  log: Log['write'],
): Gateway | null {
  if (config.lbMode !== 'http' || !config.loadBalancerEnabled) return null;
  const tls = tlsOf(config);
  if (tls !== null) new Certificates(tls); // what can't be served is said now
  const policy: GatewayPolicy = {
    algorithm,
    identitySecret,
    affinitySecret: config.lbStickySessionEnabled ? randomBytes(24).toString('hex') : null,
    affinityHeader: config.lbAffinityHeader || null,
    trustedProxies: config.trustedProxies,
    proxyProtocolFrom: config.proxyProtocolFrom,
    tls,
    maxconn: config.lbMaxconn || null,
    maxqueue: config.lbMaxqueue,
    maxConnections: config.lbMaxConnections || null,
    timeouts: config.lbTimeouts,
    breaker: config.lbBreaker,
    retries: config.lbRetries,
    ejection: config.lbEjection,
    check: config.lbCheck,
    panicThreshold: config.lbPanicThreshold / 100,
    slowStartMs: config.lbSlowStartMs,
    holdBody: { bytes: config.lbHoldBodyBytes, totalBytes: config.lbHoldBodyTotalBytes },
    maxHeadBytes: config.lbMaxHeadBytes,
    maxBodyBytes: config.lbMaxBodyBytes || null,
    rateLimits: config.lbRateLimits,
    state,
    accessLog: accessLogOf(config),
  };
  gatewaySettings(policyOptions(policy)); // as is what the options do not go together with
  return new Gateway({ file: FILE, processes: config.gatewayProcesses, policy, log });
}

function accessLogOf(config: Config): GatewayPolicy['accessLog'] {
  const { lbAccessLog: to, logFileMaxBytes: maxBytes, logFileCount: count } = config;
  if (to === 'off') return null;
  return to === 'stdout' ? { to } : { to: 'file', path: path.resolve(to), maxBytes, count };
}

function tlsOf(config: Config): GatewayPolicy['tls'] {
  const { gatewayTlsCertFile: certFile, gatewayTlsKeyFile: keyFile, gatewayTlsCertDir: certDir } = config;
  if (certFile === '') return null;
  return {
    certFile: path.resolve(certFile),
    keyFile: path.resolve(keyFile),
    http2: config.gatewayHttp2,
    ...(certDir !== '' && { certDir: path.resolve(certDir) }),
  };
}
