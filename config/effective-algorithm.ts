import type { Config, LbAlgorithm } from './schema.ts';

/**
 * The algorithm that really balances: without a load balancer it is shared accept (`adaptive`), and sticky
 * sessions in tcp mode mean consistent-hash on the client address, whatever LB_ALGORITHM says.
 */
export function effectiveAlgorithm(
  config: Pick<Config, 'lbMode' | 'lbAlgorithm' | 'lbStickySessionEnabled' | 'loadBalancerEnabled'>,
): LbAlgorithm {
  if (!config.loadBalancerEnabled) return 'adaptive';
  return config.lbStickySessionEnabled && config.lbMode === 'tcp' ? 'consistent-hash' : config.lbAlgorithm;
}
