import { runtimeOffer } from '../../ipc/runtime-offer.ts';
import { StateError } from './errors.ts';
import type { StateSettings } from './settings.ts';

/** In a process that the runtime does not start itself, such as a thread or a script, this variable takes the settings as JSON. */
const STATE_ENV = 'TIDEGATE_STATE';

const DEFAULT_MEMORY_LIMIT_BYTES = 268_435_456;

/** Settings of a process that runs by itself: a store of its own, which no other process sees. */
const ALONE: StateSettings = {
  socketPath: null,
  redis: null,
  keyPrefix: 'tidegate:',
  memoryLimitBytes: DEFAULT_MEMORY_LIMIT_BYTES,
};

/**
 * How this process reaches the shared state: as the runtime told the worker's agent, as the environment says, or alone.
 * @throws StateError STATE_UNAVAILABLE when the runtime has it switched off; Error when the variable holds something else than settings
 */
export function stateSettings(env: Readonly<Record<string, string | undefined>>): StateSettings {
  const offer = runtimeOffer();
  // A store in each worker would look like a shared one, and lose every second session.
  if (offer?.state === null) {
    throw new StateError('STATE_UNAVAILABLE', 'The shared state is switched off; set STATE_ENABLED=true to have it');
  }
  const told = offer?.state;
  if (isSettings(told)) return told;
  const given = env[STATE_ENV] ?? '';
  if (given === '') return ALONE;
  let settings: unknown;
  try {
    settings = JSON.parse(given);
  } catch {} // said below, for what is JSON and something else too
  if (!isSettings(settings)) throw new Error(`${STATE_ENV} does not hold settings of the shared state; leave it unset`);
  return settings;
}

/** Has the runtime start the store, if there is a runtime and the store does not run yet. */
export function announceUse(): void {
  runtimeOffer()?.stateNeeded();
}

function isSettings(value: unknown): value is StateSettings {
  if (typeof value !== 'object' || value === null) return false;
  const { socketPath, redis, keyPrefix, memoryLimitBytes } = value as Partial<StateSettings>;
  return (
    (socketPath === null || typeof socketPath === 'string') &&
    (redis === null || Array.isArray(redis?.nodes)) &&
    typeof keyPrefix === 'string' &&
    typeof memoryLimitBytes === 'number'
  );
}
