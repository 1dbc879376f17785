import type { Config, LbAlgorithm } from './schema.ts';

/**
 * The algorithm that really balances: without a load balancer it is shared accept (`adaptive`), and sticky
 * sessions in tcp mode mean consistent-hash on the client address, whatever LB_ALGORITHM says. The gateway picks for each request, for
 * which `adaptive` means least-connections.
 */
export function effectiveAlgorithm(
  config: Pick<Config, 'lbMode' | 'lbAlgorithm' | 'lbStickySessionEnabled' | 'loadBalancerEnabled'>,
): LbAlgorithm {
  if (!config.loadBalancerEnabled) return 'adaptive';
  if (config.lbMode === 'http') return config.lbAlgorithm === 'adaptive' ? 'least-connections' : config.lbAlgorithm;
  return config.lbStickySessionEnabled ? 'consistent-hash' : config.lbAlgorithm;
}
