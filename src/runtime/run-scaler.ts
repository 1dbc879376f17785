import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { packageVersion } from '../../config/package-version.ts';
import { instanceDir, runtimeDir } from '../../config/runtime-dir.ts';
import type { Config } from '../../config/schema.ts';
import { createFleet } from '../scaling/fleet/index.ts';
import { firstToken } from '../scaling/management/access/static-tokens.ts';
import { AuditFile } from '../scaling/management/audit-file.ts';
import { ComposeTarget, Engine, ownPlace, Stack } from '../scaling/stack-scaler/index.ts';
import { StateConnection } from '../scaling/state/open-state.ts';
import { Ticker } from '../scaling/ticker.ts';
import { fleetSettingsOf } from './fleet-settings.ts';
import { createLog } from './logger.ts';
import { loadScalingPolicy } from './scaling-policy.ts';
import { stateSettingsOf } from './state-settings.ts';

/** Neither COMPOSE_PROJECT nor a container of its own says what is to be scaled. */
export class ProjectUnknownError extends Error {
  override readonly name = 'ProjectUnknownError';
  readonly code = 'PROJECT_UNKNOWN';

  constructor() {
    super(
      'COMPOSE_PROJECT is empty, and this process runs in no container of a Compose project: which project is to be scaled? See: tidegate scaler --help',
    );
  }
}

/**
 * Scales the containers of a Compose service until it is told to stop. Several may run: one leads, the others stand by.
 * @returns the exit code
 * @throws errors with a `code` for what stands in the way of a start (a taken control port, unusable rules, missing tokens)
 */
export async function runScaler(config: Config): Promise<number> {
  const log = createLog(config, process.stdout, {
    isTerminal: process.stdout.isTTY === true,
    noColor: (process.env.NO_COLOR ?? '') !== '',
  });
  const engine = new Engine(config.dockerSocket);
  const place = await placeOf(config, engine);
  const name = place.project;
  const ticker = new Ticker({ onError: (task, error) => log.write('error', `${task} failed: ${String(error)}`) });
  // Scalers agree over Redis; without one there is a single scaler, whose own store will do.
  const connection = new StateConnection(
    { ...stateSettingsOf(config, ''), socketPath: null },
    { beforeOpen: () => {}, onDegraded: (degraded) => log.write('warn', degraded?.reason ?? 'Redis is back') },
  );
  const fleet = createFleet(connection.state, fleetSettingsOf(config));
  const directory = instanceDir(runtimeDir(process.env, config.runtimeDir), `scaler-${name}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let end: (exitCode: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const stack = new Stack({
    config,
    version: packageVersion(),
    name,
    self: randomUUID(),
    address: `${config.serverHost || hostname()}:${config.managementPort}`,
    policy: loadScalingPolicy(config),
    target: new ComposeTarget({
      engine,
      project: name,
      service: config.composeService,
      networks: place.networks,
      graceMs: config.drainTimeoutMs + config.killTimeoutMs,
      nowMs: () => performance.now(),
      log: (level, message) => log.write(level, message),
    }),
    state: connection.state,
    capacity: () => fleet.getCapacity().catch(() => null),
    instances: { port: config.instanceManagementPort, token: firstToken(config) },
    audit: new AuditFile(config.auditLogFile || path.join(directory, 'audit.log'), (error) =>
      log.write('error', `the audit log can't be written: ${error.message}`),
    ),
    ticker,
    log: (level, message, fields) => log.write(level, message, fields),
    onStop: () => stop(),
    services: { fleet, capacity: fleet, leases: fleet.leases },
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    const closed = stack.stop().then(() => Promise.all([fleet.stop(), ticker.stop(), connection.close()]));
    closed.then(
      () => end(0),
      (error: Error) => {
        log.write('error', `stopping: ${error.message}`);
        end(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  const { url } = await stack.start();
  const message = `scales ${config.composeService} of ${name}; control API and dashboard on ${url}`;
  log.write('info', message, { controlUrl: url });
  return ended;
}

/** What the options leave open, the scaler's own container tells. */
async function placeOf(
  { composeProject, composeNetwork }: Config,
  engine: Engine,
): Promise<{ readonly project: string; readonly networks: readonly string[] }> {
  const given = composeNetwork === '' ? [] : [composeNetwork];
  if (composeProject !== '') return { project: composeProject, networks: given };
  const own = await ownPlace(engine, hostname());
  if (own === null) throw new ProjectUnknownError();
  return { project: own.project, networks: given.length > 0 ? given : own.networks };
}
