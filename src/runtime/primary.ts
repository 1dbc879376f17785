import path from 'node:path';
import type { ClusterManager } from '../cluster/cluster-manager.ts';
import type { InheritedSockets } from '../cluster/inherited-sockets.ts';
import type { WorkerStatus } from '../ipc/status.ts';
import type { DecisionRecord } from '../scaling/autoscale/record.ts';
import { type Composition, compose, initialWorkers } from './composition.ts';
import { Journal } from './journal.ts';
import type { Log } from './logger.ts';
import type { StartRequest } from './start-request.ts';

const UPKEEP_MS = 1_000;
/** The trends take one look in 10 s. */
const MEMORY_LOOK_MS = 5_000;
const CLOSE_DEADLINE_MS = 2_000;

/** The runtime's life: its parts begin in order, and end in reverse. */
export class Primary {
  readonly #request: StartRequest;
  readonly #journal: Journal;
  readonly #parts: Composition;
  readonly #ended: Promise<number>;
  #end: (exitCode: number) => void = () => {};
  #opened: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #stopping = false;

  /** @throws RulesFileError, RulesError, WebhookUrlError or GatewayOptionError for what can't be used */
  constructor(request: StartRequest, version: string, log: Log, inherited: InheritedSockets) {
    this.#request = request;
    this.#journal = new Journal(log);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#parts = compose(
      { request, version, log, inherited, journal: this.#journal },
      {
        stop: (by) => this.stop(by),
        onChange: () => this.#onChange(),
        onDecision: (record, repeats) => this.#onDecision(record, repeats),
        onStartFailed: (failure) => this.#onStartFailed(failure),
      },
    );
  }

  get manager(): ClusterManager {
    return this.#parts.manager;
  }

  /** Resolves with the exit code when the runtime has come to its end. */
  get ended(): Promise<number> {
    return this.#ended;
  }

  /**
   * Opens the control API, then starts the workers; resolves with the control API's URL when the workers are ready, or the
   * runtime has ended because none could be.
   * @throws ManagementListenError, ManagementTokensRequiredError
   */
  async start(): Promise<string> {
    const { controlApi, traffic, state, manager } = this.#parts;
    const opening = controlApi.open();
    this.#opened = opening;
    this.#look();
    const url = await opening;
    if (this.#stopping) return url;
    traffic.gateway?.start();
    state?.start();
    manager.reconcile(initialWorkers(this.#request), 'start');
    this.#decide();
    const started = manager.started().then(() => traffic.gateway?.listening());
    await Promise.race([started, this.#ended]);
    return url;
  }

  /** Takes back what `start` opened before it failed. */
  abort(): Promise<void> {
    return this.#close(1);
  }

  /** Drains all workers and ends the runtime. */
  stop(by: string): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#journal.write('info', `stopping (${by}): workers finish what they have`);
    void this.#parts.manager
      .shutdown()
      .catch((error: unknown) => {
        this.#journal.onError(error, 'the end of the workers');
        this.#parts.manager.killAll();
      })
      .then(() => this.#close(0));
  }

  stopNow(by: string): void {
    this.#journal.write('warn', `stopping at once (${by})`);
    this.#parts.manager.killAll();
  }

  reload(by: string): void {
    this.#journal.write('info', `reload (${by})`);
    // How it goes is logged as it goes; what is thrown is that one is under way already.
    Promise.resolve()
      .then(() => this.#parts.manager.reload(() => {}))
      .catch((error: Error) => this.#journal.write('warn', error.message));
  }

  /** Some workers more or less, as a pin of the usual length. */
  scaleBy(delta: number, by: string): void {
    const { manager, scaler } = this.#parts;
    const instances = Math.max(1, manager.desired + delta);
    const { manualPinMs } = this.#request.config;
    const answer = scaler.pin({ instances, reason: '', forMs: manualPinMs, force: false, by });
    if ('refused' in answer) this.#journal.write('warn', answer.message);
  }

  /** What is looked at from the beginning to the end. */
  #look(): void {
    const { ticker, manager, traffic, memory } = this.#parts;
    ticker.every(UPKEEP_MS, 'upkeep', () => {
      const nowMs = Date.now();
      manager.upkeep(nowMs);
      traffic.breakers.tick(nowMs);
    });
    ticker.every(MEMORY_LOOK_MS, 'memory', () => {
      memory.observe(manager.status().workers.flatMap(memoryOf), Date.now());
    });
  }

  #decide(): void {
    const { ticker, manager, monitoring, scaler } = this.#parts;
    ticker.every(this.#request.config.scalingIntervalMs, 'scaling', async () => {
      // While the runtime stops, workers leave as they should: there is nothing to decide.
      if (manager.status().stopping) await monitoring.observe();
      else await scaler.tick();
      this.#onChange();
    });
  }

  /** Who asks again, as for a stop while a failed start is cleared away, waits for the first to be done, and does not change the code. */
  #close(exitCode: number): Promise<void> {
    this.#closing ??= this.#closeParts().then(() => this.#end(exitCode));
    return this.#closing;
  }

  async #closeParts(): Promise<void> {
    const { controlApi, traffic, ticker, monitoring, state, recording } = this.#parts;
    // Told to stop while it was opening: what opens later would stay open.
    await this.#opened.catch(() => {});
    traffic.gateway?.end();
    await ticker.stop();
    await Promise.all([
      this.#told('the end of the control API', controlApi.close(CLOSE_DEADLINE_MS)),
      this.#told('the end of the monitoring', monitoring.close(CLOSE_DEADLINE_MS)),
    ]);
    await Promise.all([
      this.#told('the end of the shared state', state?.stop()),
      this.#told('the end of the recording', recording?.close()),
    ]);
    controlApi.noteAudit();
  }

  /** A part that does not end as it should is told of, and keeps nobody. */
  async #told(what: string, ended: Promise<void> | undefined): Promise<void> {
    await ended?.catch((error: unknown) => this.#journal.onError(error, what));
  }

  /** Samples are made only while somebody watches. */
  #onChange(): void {
    const { events, manager } = this.#parts;
    if (events.watched) events.emit('sample', { atMs: Date.now(), cluster: manager.status() });
  }

  #onDecision(record: DecisionRecord, repeats: number): void {
    const { monitoring, scaler, events } = this.#parts;
    monitoring.onDecision(record, scaler.shadows());
    if (repeats > 0) return;
    const { id, action, reason, sentence } = record;
    this.#journal.write(action === 'hold' ? 'debug' : 'info', `scaling: ${sentence}`, { decision: id, action, reason });
    events.emit('decision', record);
  }

  #onStartFailed(failure: string): void {
    const script = path.basename(this.#request.script);
    const hint = 'Its own output above says why; fix it and start again';
    this.#journal.write('error', `${script} could not be started: ${failure}. ${hint}`);
    void this.#close(1);
  }
}

function memoryOf({ id, sample }: WorkerStatus): { readonly id: number; readonly rssBytes: number }[] {
  return sample === null ? [] : [{ id, rssBytes: sample.rssBytes }];
}
