import type {
  Alert,
  AlertChannel,
  AlertSeverity,
  AlertWatcher,
  ChannelStatus,
  Notification,
  TestResult,
} from './alert.ts';
import { type Silence, type SilenceRequest, Silences } from './silences.ts';

export interface AlertDispatcherOptions {
  /** Hear of each alert at once. */
  readonly watchers?: readonly AlertWatcher[];
  /** Get notifications: grouped, repeated, silenced. */
  readonly channels: readonly AlertChannel[];
  readonly instance: string;
  /** Alerts that come within this time of each other are told together; 0, the default: each at once. */
  readonly groupMs?: number;
  /** What still fires is told again after this time; 0, the default: never. */
  readonly repeatMs?: number;
  /** What is to be said of a trouble when it is told again; undefined, the default: what was said at its beginning. */
  readonly sentenceOf?: (key: string) => string | undefined;
}

export interface Finding {
  readonly key: string;
  readonly severity: AlertSeverity;
  readonly sentence: string;
}

/** The body of `GET /alerts`. */
export interface AlertsReport {
  /** Those that fire, the oldest first. */
  readonly active: readonly Alert[];
  /** The latest news, the newest first. */
  readonly recent: readonly Alert[];
  readonly silences: readonly Silence[];
  readonly channels: readonly ChannelStatus[];
}

/** An alert, and what the channels have said of it. */
interface Entry {
  alert: Alert;
  told: { readonly severity: AlertSeverity; readonly atMs: number } | null;
}

const KEPT_NEWS = 200;

/**
 * Knows which alerts are firing and what people have been told of them. A channel hears of each change once; of what came and
 * went within the grouping time it hears nothing, and who was told of a beginning is told of its end, silence or not.
 */
export class AlertDispatcher {
  readonly #options: Required<AlertDispatcherOptions>;
  readonly #entries = new Map<string, Entry>();
  readonly #silences = new Silences();
  #recent: readonly Alert[] = [];
  /** Since when something waits to be told; null: nothing does. */
  #dueSinceMs: number | null = null;

  constructor(options: AlertDispatcherOptions) {
    this.#options = { watchers: [], groupMs: 0, repeatMs: 0, sentenceOf: () => undefined, ...options };
  }

  /** Takes note of a trouble, unless it is known with this severity already. */
  fire({ key, severity, sentence }: Finding, nowMs: number): void {
    const entry = this.#entries.get(key);
    const before = entry?.alert.state === 'firing' ? entry.alert : undefined;
    if (before?.severity === severity) return;
    const startedAtMs = before?.startedAtMs ?? nowMs;
    const { instance } = this.#options;
    this.#note({ key, state: 'firing', severity, sentence, startedAtMs, atMs: nowMs, instance }, nowMs);
  }

  /** Takes note that a trouble is over, if it was known. */
  resolve(key: string, sentence: string, nowMs: number): void {
    const before = this.#entries.get(key)?.alert;
    if (before?.state !== 'firing') return;
    const { severity, startedAtMs, instance } = before;
    this.#note({ key, state: 'resolved', severity, sentence, startedAtMs, atMs: nowMs, instance }, nowMs);
  }

  /** Tells what is due; to be called about once a second. */
  tick(nowMs: number): void {
    const due = this.#due(nowMs);
    if (due.length === 0) {
      this.#dueSinceMs = null;
      return;
    }
    this.#dueSinceMs ??= nowMs;
    if (nowMs - this.#dueSinceMs >= this.#options.groupMs) this.#tell(due, nowMs);
  }

  /** What is firing, the oldest first. */
  firing(): readonly Alert[] {
    return [...this.#entries.values()].map(({ alert }) => alert).filter(({ state }) => state === 'firing');
  }

  report(nowMs: number): AlertsReport {
    return {
      active: this.firing().map((alert) => this.#withSilence(alert, nowMs)),
      recent: this.#recent,
      silences: this.#silences.list(nowMs),
      channels: this.channels(),
    };
  }

  channels(): readonly ChannelStatus[] {
    return this.#options.channels.map((channel) => channel.status());
  }

  /** @throws TooManySilencesError */
  silence(request: SilenceRequest, nowMs: number): Silence {
    return this.#silences.add(request, nowMs);
  }

  /** What still fires is told at the next tick. Undefined: there is no such silence. */
  endSilence(id: string): Silence | undefined {
    return this.#silences.end(id);
  }

  /**
   * Sends a test alert to one channel, or to all, and says what became of it.
   * @param name undefined: all
   */
  async test(name: string | undefined, nowMs: number): Promise<readonly TestResult[]> {
    const { channels, instance } = this.#options;
    const alert: Alert = {
      key: 'test',
      state: 'firing',
      severity: 'warning',
      sentence: 'this is a test; somebody wanted to see whether alerts arrive',
      startedAtMs: nowMs,
      atMs: nowMs,
      instance,
    };
    const chosen = channels.filter((channel) => name === undefined || channel.name === name);
    return Promise.all(chosen.map((channel) => channel.test({ instance, atMs: nowMs, alerts: [alert] })));
  }

  /** Tells what is still due, and lets the channels finish, each within the deadline. */
  async close(deadlineMs: number, nowMs: number): Promise<void> {
    const due = this.#due(nowMs);
    if (due.length > 0) this.#tell(due, nowMs);
    await Promise.all(this.#options.channels.map((channel) => channel.close(deadlineMs)));
  }

  #note(alert: Alert, nowMs: number): void {
    const entry = this.#entries.get(alert.key);
    if (entry === undefined) this.#entries.set(alert.key, { alert, told: null });
    else entry.alert = alert;
    const news = this.#withSilence(alert, nowMs);
    this.#recent = [news, ...this.#recent].slice(0, KEPT_NEWS);
    for (const watch of this.#options.watchers) watch(news);
    this.tick(nowMs);
    if (entry !== undefined && entry.told === null && alert.state === 'resolved') this.#entries.delete(alert.key);
  }

  #due(nowMs: number): Entry[] {
    const { repeatMs } = this.#options;
    return [...this.#entries.values()].filter(({ alert: { key, state, severity }, told }) => {
      if (state === 'resolved') return told !== null;
      if (this.#silences.covering(key, nowMs) !== undefined) return false;
      return told?.severity !== severity || (repeatMs > 0 && nowMs - told.atMs >= repeatMs);
    });
  }

  #tell(due: readonly Entry[], nowMs: number): void {
    this.#dueSinceMs = null;
    const news = due.map(({ alert, told }) => {
      const isRepeated = alert.state === 'firing' && told?.severity === alert.severity;
      if (!isRepeated) return alert;
      return { ...alert, sentence: this.#options.sentenceOf(alert.key) ?? alert.sentence, repeated: true };
    });
    for (const entry of due) {
      if (entry.alert.state === 'resolved') this.#entries.delete(entry.alert.key);
      else entry.told = { severity: entry.alert.severity, atMs: nowMs };
    }
    const alerts = news.sort((left, right) => weight(right) - weight(left)) as unknown as Notification['alerts'];
    const notification: Notification = { instance: this.#options.instance, atMs: nowMs, alerts };
    for (const channel of this.#options.channels) channel.deliver(notification);
  }

  #withSilence(alert: Alert, nowMs: number): Alert {
    const silence = this.#silences.covering(alert.key, nowMs);
    return silence === undefined ? alert : { ...alert, silencedBy: silence.id };
  }
}

function weight({ state, severity }: Alert): number {
  if (state === 'resolved') return 0;
  return severity === 'critical' ? 2 : 1;
}
