/** What no single option can tell: values that contradict each other, and values without effect. */
import { effectiveAlgorithm } from './effective-algorithm.ts';
import type { Sources } from './layers.ts';
import { gateway } from './options/gateway.ts';
import type { Config, OptionName } from './schema.ts';

const GATEWAY_ONLY = Object.keys(gateway) as (keyof typeof gateway)[];

/**
 * One line per contradiction.
 * @param mistaken options whose own value is wrong, which has been said already
 */
export function crossCheck(config: Config, sources: Sources, mistaken: ReadonlySet<OptionName>): string[] {
  const problems: string[] = [];
  const named = (option: OptionName): string => `${sources[option].name} (${config[option]})`;
  const orderly = (low: OptionName, high: OptionName, remedy: string): void => {
    if (mistaken.has(low) || mistaken.has(high) || config[low] <= config[high]) return;
    problems.push(`${named(low)} is above ${named(high)}; ${remedy}`);
  };
  orderly('minInstances', 'maxInstances', 'the least must not be more than the most');
  orderly('restartBackoffMs', 'restartBackoffMaxMs', 'the first delay must not be longer than the longest');
  if (config.clusterEnabled && config.autoScalingEnabled && config.clusterWorkers > 0) {
    orderly('clusterWorkers', 'maxInstances', `raise ${sources.maxInstances.name} or set AUTO_SCALING_ENABLED=false`);
    orderly('minInstances', 'clusterWorkers', 'begin with at least the least');
  }
  if (config.redisClusterEnabled && config.redisEnabled && config.redisClusterNodes.length === 0) {
    problems.push(`${sources.redisClusterNodes.name} is empty; a Cluster needs some of its nodes, host:port`);
  }
  if (config.redisClusterEnabled && config.redisDb !== 0) {
    problems.push(`${named('redisDb')} is not allowed in a Cluster, which has only database 0`);
  }
  const isSet = (option: OptionName): boolean => config[option] !== '';
  for (const [cert, key] of [
    ['managementTlsCertFile', 'managementTlsKeyFile'],
    ['gatewayTlsCertFile', 'gatewayTlsKeyFile'],
  ] as const) {
    if (isSet(cert) === isSet(key)) continue;
    problems.push(`${sources[cert].name} and ${sources[key].name} belong together; give both or neither`);
  }
  if (isSet('gatewayTlsCertDir') && !isSet('gatewayTlsCertFile')) {
    problems.push(
      `${sources.gatewayTlsCertDir.name} is set without a certificate for other names; give GATEWAY_TLS_CERT_FILE as well`,
    );
  }
  if (isSet('lbAffinityHeader') && config.lbMode === 'http') {
    const algorithm = effectiveAlgorithm(config);
    if (algorithm !== 'ip-hash' && algorithm !== 'consistent-hash') {
      problems.push(
        `${sources.lbAffinityHeader.name} needs ${sources.lbAlgorithm.name}=ip-hash or consistent-hash, not ${algorithm}`,
      );
    } else if (config.lbStickySessionEnabled) {
      problems.push(
        `${sources.lbAffinityHeader.name} and ${sources.lbStickySessionEnabled.name} are both set; a client stays by its field or by a cookie`,
      );
    }
  }
  if (isSet('jwtAudience') && !isSet('jwtSecret') && !isSet('jwtSecretFile') && !isSet('jwtKeyFile')) {
    problems.push(`${sources.jwtAudience.name} is set without a key; give JWT_SECRET_FILE or JWT_KEY_FILE as well`);
  }
  if (isSet('jwtSecret') && isSet('jwtSecretFile')) {
    problems.push(`${sources.jwtSecret.name} and ${sources.jwtSecretFile.name} are both set; give one of them`);
  }
  return problems;
}

/** One line per value that was given and changes nothing. */
export function notices(config: Config, sources: Sources): string[] {
  const given = (option: OptionName): boolean => sources[option].layer !== 'default';
  const lines: string[] = [];
  const algorithm = effectiveAlgorithm(config);
  if (given('lbAlgorithm') && algorithm !== config.lbAlgorithm) {
    const overriding = config.lbMode === 'http' ? sources.lbMode : sources.lbStickySessionEnabled;
    const because = config.loadBalancerEnabled ? overriding : sources.loadBalancerEnabled;
    lines.push(`${sources.lbAlgorithm.name}=${config.lbAlgorithm} has no effect: ${because.name} means ${algorithm}`);
  }
  if (config.redisEnabled && !config.stateEnabled) {
    lines.push(`${sources.redisEnabled.name} has no effect: ${sources.stateEnabled.name} is false`);
  }
  if (config.lbMode === 'tcp') {
    // Without TRUSTED_PROXIES: the reference app reads it in both modes.
    for (const option of [
      'gatewayProcesses',
      'gatewayTlsCertFile',
      'gatewayTlsCertDir',
      'gatewayHttp2',
      'lbMaxconn',
      'lbMaxqueue',
      'lbTimeouts',
      'lbMaxBodyBytes',
      'lbRateLimits',
      ...GATEWAY_ONLY,
    ] as const) {
      if (given(option)) lines.push(`${sources[option].name} has no effect: ${sources.lbMode.name} is tcp`);
    }
  }
  if (config.internalApiKey !== '') {
    lines.push(
      `${sources.internalApiKey.name}: calls between instances are not part of this version yet; it has no effect`,
    );
  }
  if (config.jwtAudience === '') {
    for (const option of ['jwtSecret', 'jwtSecretFile', 'jwtKeyFile'] as const) {
      if (given(option)) lines.push(`${sources[option].name} has no effect: ${sources.jwtAudience.name} is empty`);
    }
  }
  return lines;
}
