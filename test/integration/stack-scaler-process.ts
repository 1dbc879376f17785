/** A scaler of a stack as a process of its own, over a real Redis: started by fork, told everything in its first message. */
import { loadConfig } from '../../config/load.ts';
import { createPolicy } from '../../src/scaling/autoscale/policy.ts';
import { ComposeTarget, Engine, Stack } from '../../src/scaling/stack-scaler/index.ts';
import { RedisState } from '../../src/scaling/state/redis/redis-state.ts';
import type { RedisSettings } from '../../src/scaling/state/settings.ts';
import { Ticker } from '../../src/scaling/ticker.ts';

export interface ScalerStart {
  readonly redis: RedisSettings;
  readonly engineSocket: string;
  readonly instancePort: number;
  /** Of its control API. */
  readonly port: number;
}

async function main({ redis, engineSocket, instancePort, port }: ScalerStart): Promise<void> {
  const { config } = loadConfig({ env: { MANAGEMENT_PORT: String(port), SCALING_INTERVAL_MS: '300' } });
  const state = new RedisState(redis, 'test:');
  await state.connect();
  const log = (level: string, message: string): boolean => process.stdout.write(`${level} ${message}\n`);
  const stack = new Stack({
    config,
    version: '0.0.0',
    name: 'stack',
    self: `${process.pid}`,
    address: `127.0.0.1:${port}`,
    policy: createPolicy([], { min: 1, max: 5 }, { enabled: false }),
    target: new ComposeTarget({
      engine: new Engine(engineSocket),
      project: 'stack',
      service: 'app',
      graceMs: 10_000,
      nowMs: () => performance.now(),
      log,
    }),
    state,
    capacity: () => Promise.resolve(null),
    instances: { port: instancePort, token: '' },
    audit: { write: () => {} },
    ticker: new Ticker({ onError: (name, error) => log('error', `${name}: ${String(error)}`) }),
    log,
    onStop: () => process.exit(0),
  });
  await stack.start();
  process.send?.('listening');
  process.once('SIGTERM', () => void stack.stop().then(() => process.exit(0)));
}

process.once('message', (start) => void main(start as ScalerStart));
