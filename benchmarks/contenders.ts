import { fileURLToPath } from 'node:url';
import { type Contender, type ContenderId, launchCommand } from './contender.ts';
import { pm2 } from './pm2.ts';
import { appFile } from './running.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

const alone: Contender = {
  id: 'alone',
  label: 'app alone',
  scales: false,
  launch: (order) => launchCommand([process.execPath, order.app], order, order.env),
};

function nodeCluster(id: ContenderId, label: string, policy: 'rr' | 'none'): Contender {
  return {
    id,
    label,
    scales: true,
    launch: (order) => {
      const { app, workers, env } = order;
      return launchCommand([process.execPath, appFile('node-cluster.cjs'), app, String(workers), policy], order, env);
    },
  };
}

/** `tidegate start`, with its control API on a free port. A wish for a number of workers switches the scaler off, limits on. */
export function tidegate(id: ContenderId, label: string, algorithm: string, flags: readonly string[] = []): Contender {
  return {
    id,
    label,
    scales: true,
    launch: (order) => {
      const { app, workers, env, directory } = order;
      const own = { MANAGEMENT_PORT: '0', TIDEGATE_RUNTIME_DIR: directory, LOG_FORMAT: 'json', NODE_ENV: '' };
      const args = ['-i', String(workers), '--name', 'bench', '--lb-algorithm', algorithm, ...flags];
      return launchCommand([process.execPath, MAIN, 'start', app, ...args], order, { ...env, ...own });
    },
  };
}

/** Everything that is compared under load; all but the one named here are compared with Node's cluster module. */
export const BASE: ContenderId = 'cluster';

export function contenders(pm2Program: string | null): Contender[] {
  return [
    alone,
    nodeCluster('cluster', "Node's cluster", 'rr'),
    nodeCluster('shared-socket', 'shared socket', 'none'),
    ...(pm2Program === null ? [] : [pm2(pm2Program)]),
    tidegate('hand-over', 'Tidegate hand-over', 'round-robin'),
    tidegate('shared-accept', 'Tidegate shared', 'adaptive'),
  ];
}
