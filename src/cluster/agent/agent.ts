import { NetworkList } from '../../ipc/network-list.ts';
import type { AgentMessage, AgentSettings, HandleMessage, PrimaryMessage } from '../../ipc/protocol.ts';
import { AcceptGate } from './accept-gate.ts';
import { AppBreakers } from './app-breakers.ts';
import { AppMetrics } from './app-metrics.ts';
import { ClientIdentities } from './client-identity.ts';
import { Connections } from './connections.ts';
import { Delivery } from './delivery.ts';
import { Drain } from './drain.ts';
import { Giver } from './giver.ts';
import { HandleChannel } from './handle-channel.ts';
import type { NativeHandle } from './internals.ts';
import { ListenTakeover } from './listen-takeover.ts';
import type { ListeningHandle } from './listening-handle.ts';
import { Mover } from './mover.ts';
import { PrimaryChannel } from './primary-channel.ts';
import { Recorder } from './recorder.ts';
import { RequestCounters } from './request-counters.ts';
import { Telemetry } from './telemetry.ts';

const LOAD_REPORT_MS = 100;

/** Wires the parts inside a worker: what the app listens on, what it serves, and what the primary asks. */
export class Agent {
  readonly #settings: AgentSettings;
  readonly #channel: PrimaryChannel;
  readonly #handles = new HandleChannel();
  readonly #requests: RequestCounters;
  readonly #connections: Connections;
  readonly #listeners = new Set<ListeningHandle>();
  readonly #delivery: Delivery;
  readonly #takeover: ListenTakeover;
  readonly #gate: AcceptGate;
  readonly #mover: Mover;
  readonly #giver: Giver;
  readonly #breakers = new AppBreakers();
  readonly #appMetrics: AppMetrics;
  readonly #recorder = new Recorder((message) => this.#channel.send(message));
  #telemetry: Telemetry | undefined;
  #drainUnderWay: Drain | null = null;

  constructor(settings: AgentSettings, modules: NodeJS.Require['cache']) {
    this.#settings = settings;
    this.#appMetrics = new AppMetrics(modules);
    this.#channel = new PrimaryChannel(settings.controlFd, {
      onMessage: (message) => this.#onMessage(message),
      onEnd: () => this.#onPrimaryGone(),
    });
    const send = (message: AgentMessage): void => this.#channel.send(message);
    this.#requests = new RequestCounters(settings.routeClasses);
    this.#connections = new Connections(
      this.#requests,
      settings.clientKey === null ? null : new ClientIdentities(settings.clientKey),
    );
    this.#gate = new AcceptGate(this.#listeners);
    // Until the app says that it is ready, others accept.
    if (settings.waitReady) this.#gate.setShare(0, 0);
    const proxies = settings.proxies.length === 0 ? null : new NetworkList(settings.proxies);
    this.#delivery = new Delivery(this.#connections, proxies);
    this.#takeover = new ListenTakeover({
      listeners: this.#listeners,
      send,
      connections: this.#connections,
      gate: this.#gate,
      delivery: this.#delivery,
    });
    this.#mover = new Mover(this.#connections, this.#handles.send);
    this.#giver = new Giver(this.#connections, this.#mover);
  }

  start(): void {
    this.#delivery.install();
    this.#takeover.install();
    this.#connections.observeRequests();
    this.#handles.open((message, handle) => this.#onHandle(message, handle));
    // Where the primary's answer to `listen()` comes over the channel, the app waits for it.
    if (this.#settings.accept === 'hand-over' || this.#settings.clientKey !== null) this.#channel.open();
    // Not now: three milliseconds of each start, in which the app could begin to listen.
    setTimeout(() => this.#observe(), LOAD_REPORT_MS).unref();
  }

  /** The app begins to use the shared state: its store has to run. */
  needState(): void {
    this.#channel.send({ type: 'state-needed' });
  }

  #observe(): void {
    this.#channel.open();
    this.#telemetry ??= new Telemetry(this.#connections, this.#requests);
    const telemetry = this.#telemetry;
    setInterval(() => this.#sendSample(), this.#settings.telemetryMs).unref();
    telemetry.onSaturated = (sample) => this.#channel.send({ type: 'saturated', sample });
    setInterval(() => {
      telemetry.look();
      const load = telemetry.load();
      if (load !== null) this.#channel.send({ type: 'load', load });
    }, LOAD_REPORT_MS).unref();
  }

  #sendSample(): void {
    this.#telemetry ??= new Telemetry(this.#connections, this.#requests);
    const [sample, totals] = [this.#telemetry.sample(), this.#telemetry.totals()];
    this.#channel.send({
      type: 'telemetry',
      sample,
      totals,
      meters: this.#telemetry.meters(),
      breakers: this.#breakers.changed(),
    });
    this.#appMetrics.tick(performance.now(), (report) => this.#channel.send({ type: 'app', report }));
  }

  #onMessage(message: PrimaryMessage): void {
    switch (message.type) {
      case 'listen-failed':
        this.#takeover.onFailed(message.request, message.errno);
        return;
      case 'listen-handed':
        this.#takeover.onGranted(message, null);
        return;
      case 'share':
        this.#gate.setShare(message.acceptsPerInterval, message.intervalMs);
        return;
      case 'give':
        if (this.#drainUnderWay === null && this.#settings.moves) this.#giver.give(message.to, message.count);
        return;
      case 'hold':
        this.#hold();
        return;
      case 'reset-breakers':
        this.#breakers.reset(message.name);
        return;
      case 'record':
        this.#recorder.record(message);
        return;
      case 'stop-recording':
        this.#recorder.stop(message.request);
        return;
      case 'drain':
        this.#drain(message);
        return;
    }
  }

  #onHandle(message: HandleMessage, handle: NativeHandle): void {
    if (message.type === 'listener') {
      this.#takeover.onGranted(message, handle);
    } else if (message.type === 'connection') {
      const connection = this.#takeover.deliver(message.key, handle, message.arrival);
      if (connection === false) this.#handles.sendBack(message, handle);
      else if (connection !== undefined && message.moved !== null) this.#mover.welcome(connection, message.moved);
    }
  }

  /** All workers leave: nothing goes to another any more. */
  #hold(): void {
    this.#giver.stop();
    this.#drainUnderWay?.stopMoving();
    this.#mover.hold(() => this.#handles.sendMovesOver());
  }

  #drain(order: PrimaryMessage & { type: 'drain' }): void {
    if (this.#drainUnderWay !== null) {
      if (!order.move) this.#drainUnderWay.stopMoving();
      return;
    }
    this.#takeover.stopAccepting();
    this.#giver.stop();
    this.#drainUnderWay = new Drain(
      this.#connections,
      this.#requests,
      this.#mover,
      {
        deadlineMs: order.deadlineMs,
        websocketJitterMs: order.websocketJitterMs,
        move: order.move && this.#settings.moves,
        random: Math.random,
      },
      (counts) => {
        this.#sendSample(); // the last, so that nothing this worker did goes uncounted
        this.#appMetrics.collect((report) => this.#channel.send({ type: 'app', report }));
        this.#channel.send({ type: 'drained', counts });
      },
    );
  }

  /** Where the kernel does not end us with the primary, we do it ourselves: a worker without a primary serves nobody. */
  #onPrimaryGone(): void {
    if (!this.#settings.tethered) process.kill(process.pid, 'SIGKILL');
  }
}
