import path from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { loadScalingPolicy } from '../runtime/scaling-policy.ts';
import { type MatrixPlan, readPolicyFile } from '../scaling/simulate/index.ts';
import { UsageError } from './errors.ts';
import type { SimulateFlags } from './simulate-flags.ts';
import type { CliContext } from './verb.ts';

type Named = MatrixPlan['policies'][number];

/** The policies asked for: the configuration's own in both modes, or with what a JSON file changes. */
export function policiesOf(
  { policy = 'auto,rules' }: Pick<SimulateFlags, 'policy'>,
  { env, cwd }: CliContext,
): readonly Named[] {
  const { config } = loadConfig({ env });
  const own = loadScalingPolicy(config);
  const policies = policy.split(',').map((wish): Named => {
    const name = wish.trim();
    if (name === 'auto') return { id: 'tidegate', policy: loadScalingPolicy({ ...config, scalingMode: 'auto' }) };
    if (name === 'rules')
      return { id: 'tidegate rules', policy: loadScalingPolicy({ ...config, scalingMode: 'rules' }) };
    if (!name.endsWith('.json')) {
      throw new UsageError(`--policy: ${JSON.stringify(name)} is not allowed; give auto, rules or a .json file`);
    }
    return { id: `tidegate ${path.basename(name, '.json')}`, policy: readPolicyFile(path.resolve(cwd, name), own) };
  });
  const ids = policies.map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw new UsageError(`--policy: ${JSON.stringify(policy)} names one twice`);
  return policies;
}
