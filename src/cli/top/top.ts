/** `tidegate top` at work: listens, asks where nothing comes, draws, and does what keys wish. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterStatus, LogLine, ReloadStatus } from '../../ipc/status.ts';
import type { ControlClient } from '../control-client.ts';
import { decisionSentence, fetchDecision, lastDecisionSentence } from '../decision.ts';
import { memoryTrends } from '../memory-trends.ts';
import type { Terminal } from '../terminal.ts';
import { frame } from './frame.ts';
import { followEvents } from './live-events.ts';
import { decided, observed, press, START, type TopModel, type Wish } from './model.ts';
import type { Screen } from './screen.ts';

const PERIOD_MS = 1_000;
/** An instance that observes less often than this is asked as well. */
const STALE_MS = 1_500;
/** Memory is looked at every 10 s. */
const TRENDS_MS = 5_000;
const LOG_LINES = 200;

export class Top {
  readonly #client: ControlClient;
  readonly #screen: Screen;
  readonly #terminal: Terminal;
  readonly #quit = new AbortController();
  #model: TopModel;
  /** When figures came last, by the stream or by asking. */
  #heardAtMs = 0;
  #trendsAtMs = 0;

  constructor(client: ControlClient, screen: Screen, terminal: Terminal) {
    this.#client = client;
    this.#screen = screen;
    this.#terminal = terminal;
    this.#model = { ...START, label: client.label };
  }

  /** Until somebody quits. */
  async run(): Promise<void> {
    this.#screen.open({ onKey: (key) => this.#pressed(key), onResize: () => this.#draw() });
    try {
      this.#draw();
      await this.#observe();
      const { signal } = this.#quit;
      const listener = {
        onSample: (status: ClusterStatus, atMs: number) => this.#take(status, atMs),
        onDecision: (sentence: string) => {
          this.#model = decided(this.#model, sentence);
        },
      };
      void followEvents(this.#client, listener, signal);
      while (!signal.aborted) {
        await this.#look();
        await delay(PERIOD_MS, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      this.#screen.close();
    }
  }

  #pressed(key: string): void {
    const { model, wish } = press(this.#model, key);
    this.#model = model;
    this.#draw();
    if (wish?.kind === 'quit') this.#quit.abort();
    else if (wish !== undefined) void this.#fulfil(wish);
  }

  async #fulfil(wish: Exclude<Wish, { kind: 'quit' }>): Promise<void> {
    try {
      if (wish.kind === 'scale') {
        const body = { instances: wish.instances, reason: 'tidegate top' };
        const decision = await this.#client.post('/scaling/manual', body);
        this.#say(decisionSentence(decision) ?? `${wish.instances} workers are wanted now.`);
      } else if (wish.kind === 'reload') await this.#reload();
      else if (wish.kind === 'explain') await this.#explain();
      else await this.#readLogs();
      await this.#observe();
    } catch (error) {
      this.#say((error as Error).message, true);
    }
  }

  async #reload(): Promise<void> {
    this.#say('Reloading');
    for await (const step of this.#client.postForLines('/cluster/reload')) {
      const { outcome, replaced, total, detail } = step as ReloadStatus;
      this.#say(`Reload ${outcome}: ${replaced} of ${total}. ${detail}`, outcome === 'failed');
    }
  }

  async #explain(): Promise<void> {
    const { explanation } = await fetchDecision(this.#client, 'last');
    this.#model = { ...this.#model, explanation };
    this.#draw();
  }

  async #readLogs(): Promise<void> {
    const { lines } = Object(await this.#client.get(`/logs?lines=${LOG_LINES}`)) as {
      readonly lines?: readonly LogLine[];
    };
    this.#model = { ...this.#model, logs: lines ?? [] };
    this.#draw();
  }

  /** The stream has told the figures; what it does not tell is asked for, and all when it is silent. */
  async #look(): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - this.#heardAtMs >= STALE_MS) return this.#observe();
    try {
      if (this.#model.view === 'logs') await this.#readLogs();
      if (nowMs - this.#trendsAtMs < TRENDS_MS) return;
      this.#trendsAtMs = nowMs;
      const trends = await memoryTrends(this.#client);
      const { snapshot } = this.#model;
      if (snapshot !== null) this.#model = { ...this.#model, snapshot: { ...snapshot, trends } };
    } catch (error) {
      this.#say(`No answer: ${(error as Error).message}`, true);
    }
  }

  #take(status: ClusterStatus, atMs: number): void {
    const { decision = null, trends = [] } = this.#model.snapshot ?? {};
    this.#heardAtMs = Date.now();
    this.#model = observed(this.#model, { atMs, status, decision, trends });
    this.#draw();
  }

  async #observe(): Promise<void> {
    try {
      const [status, decision, trends] = await Promise.all([
        this.#client.clusterStatus(),
        lastDecisionSentence(this.#client),
        memoryTrends(this.#client),
      ]);
      if (this.#model.view === 'logs') await this.#readLogs();
      this.#model = observed(this.#model, { atMs: Date.now(), status, decision: decision ?? null, trends });
      this.#draw();
    } catch (error) {
      this.#say(`No answer: ${(error as Error).message}`, true);
    }
  }

  #say(text: string, isBad = false): void {
    this.#model = { ...this.#model, notice: { text, isBad } };
    this.#draw();
  }

  #draw(): void {
    const paint = this.#terminal.paint.bind(this.#terminal);
    this.#screen.draw(frame(this.#model, this.#screen.size, paint));
  }
}
