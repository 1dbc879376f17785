import { Cluster, Redis } from 'ioredis';
import type { RedisNode, RedisSettings } from '../settings.ts';
import type { CallOptions } from '../shared-state.ts';
import { clusterOptions, singleOptions } from './connection-options.ts';
import { PendingCalls } from './pending-calls.ts';
import { closedError, isUnknownScript, notConnectedError } from './redis-errors.ts';
import type { Script } from './script.ts';
import { type Argument, TrackedCommand } from './tracked-command.ts';

/** Where a command goes and what it does. */
interface Sending {
  readonly changes: boolean;
  /** A node; undefined: where the key lies. */
  readonly to?: Redis | undefined;
  readonly isRaw?: (error: unknown) => boolean;
}

const never = () => false;

/**
 * The connection to one Redis, or the connections to a Cluster's nodes. A command fails at once while there is none, is sent once, and ends by
 * its deadline; only an answer that says it was not done (MOVED, ASK, TRYAGAIN, NOSCRIPT) makes it be sent again.
 */
export class RedisConnection {
  readonly settings: RedisSettings;
  readonly #client: Redis | Cluster;
  readonly #pending = new PendingCalls();
  #closed = false;
  #lastError: string | null = null;
  #publisher: Redis | undefined;

  /** @throws RangeError when the settings name no node */
  constructor(settings: RedisSettings, random: () => number) {
    this.settings = settings;
    this.#client = settings.cluster
      ? new Cluster(settings.nodes.slice(), clusterOptions(settings, random))
      : new Redis(singleOptions(settings, random));
    this.#client.on('error', (error: Error & { readonly lastNodeError?: Error | null }) => {
      // "Failed to refresh slots cache" alone helps nobody.
      this.#lastError = error.lastNodeError?.message ?? error.message;
    });
    this.#client.on('node error', (error: Error, node: string) => {
      this.#lastError = `${node}: ${error.message}`;
    });
    this.#client.on('ready', () => {
      this.#lastError = null;
    });
  }

  get connected(): boolean {
    return !this.#closed && this.#client.status === 'ready';
  }

  /** Why it is not connected, as far as is known. */
  get lastError(): string | null {
    return this.#lastError;
  }

  /** How it calls itself in messages. */
  get name(): string {
    const { cluster, nodes } = this.settings;
    return cluster ? `cluster ${nodes.map(addressOf).join(',')}` : addressOf(nodes[0] as RedisNode);
  }

  /** Begins to connect, and goes on trying. Resolves when it is connected, or after `waitMs`, whichever is first. */
  async open(waitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
      this.#client.once('ready', () => resolve());
    });
    // A first failure is no reason to stop: ioredis tries again, and says why by its events.
    this.#client.connect().catch(() => {});
    await waited;
    clearTimeout(timer);
  }

  /** A command that changes nothing. @throws StateError */
  read<T>(name: string, args: readonly Argument[], options: CallOptions | undefined, to?: Redis): Promise<T> {
    return this.#send(name, args, options, { changes: false, to });
  }

  /** @throws StateError ambiguous when it may have been done */
  write<T>(name: string, args: readonly Argument[], options: CallOptions | undefined): Promise<T> {
    return this.#send(name, args, options, { changes: true });
  }

  /** Runs a script on one key. @throws StateError ambiguous when it `changes` something and may have been done */
  async run<T>(
    script: Script,
    key: string,
    args: readonly Argument[],
    options: CallOptions | undefined,
    changes = true,
  ): Promise<T> {
    try {
      return await this.#send('evalsha', [script.sha1, 1, key, ...args], options, { changes, isRaw: isUnknownScript });
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.#send('eval', [script.lua, 1, key, ...args], options, { changes });
    }
  }

  /** All messages of a process go to one node, as long as it answers: over several, they could overtake each other. */
  publish(channel: string, message: Argument, options: CallOptions | undefined): Promise<void> {
    if (this.#client instanceof Cluster && this.#publisher?.status !== 'ready') {
      const nodes = this.#client.nodes();
      this.#publisher = nodes.find(({ status }) => status === 'ready') ?? nodes[0];
    }
    return this.#send('publish', [channel, message], options, { changes: true, to: this.#publisher });
  }

  /** The nodes a connection is there for, or could be at the next command. */
  nodes(): readonly Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes() : [this.#client];
  }

  /** Masters that together hold all slots. @throws StateError STATE_UNAVAILABLE when some slots have none that is known */
  masters(name: string): readonly Redis[] {
    if (!(this.#client instanceof Cluster)) return [this.#client];
    const owners = new Set<string | undefined>();
    for (let slot = 0; slot < SLOTS; slot++) owners.add(this.#client.slots[slot]?.[0]);
    const masters = this.#client.nodes('master').filter(({ options }) => owners.has(addressOf(options)));
    if (masters.length === owners.size) return masters;
    this.#doubt();
    throw notConnectedError(name, this.name, 'some slots have no master');
  }

  /** Calls under way fail with STATE_CLOSED. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending.close();
    this.#client.disconnect();
  }

  async #send<T>(name: string, args: readonly Argument[], options: CallOptions = {}, sending: Sending): Promise<T> {
    const { signal, timeoutMs = this.settings.commandTimeoutMs } = options;
    if (this.#closed) throw closedError(name);
    if (this.#client.status !== 'ready') throw notConnectedError(name, this.name, this.#lastError);
    const command = new TrackedCommand(name, args);
    const { to, changes, isRaw = never } = sending;
    if (to === undefined) this.#client.sendCommand(command);
    else to.sendCommand(command);
    const node = () => (to === undefined ? this.#ownerOf(command) : addressOf(to.options));
    try {
      const patient = options.timeoutMs === undefined;
      return await this.#pending.wait<T>(command, { timeoutMs, patient, signal, changes, node }, isRaw);
    } catch (error) {
      if (!isRaw(error)) this.#doubt();
      throw error;
    }
  }

  /** A node that hangs or went away may have been replaced, and nobody says so: ask the others. */
  #doubt(): void {
    if (this.#client instanceof Cluster && this.connected) this.#client.refreshSlotsCache();
  }

  #ownerOf(command: TrackedCommand): string {
    if (!(this.#client instanceof Cluster)) return this.name;
    const slot = command.getSlot() as number | null;
    return (slot === null ? undefined : this.#client.slots[slot]?.[0]) ?? this.name;
  }
}

const SLOTS = 16_384;

function addressOf({ host, port }: { readonly host?: string | undefined; readonly port?: number | undefined }): string {
  return `${host}:${port}`;
}
