import type { AlertDispatcher } from '../scaling/alerts/alert-dispatcher.ts';
import type { DecisionRecord } from '../scaling/autoscale/record.ts';

/** The alerts of the scaler: each fires with the decision that brings it, and ends with the first that does not. */
export class ScalingAlerts {
  readonly #dispatcher: Pick<AlertDispatcher, 'fire' | 'resolve'>;
  #firing: ReadonlySet<string> = new Set();

  constructor(dispatcher: Pick<AlertDispatcher, 'fire' | 'resolve'>) {
    this.#dispatcher = dispatcher;
  }

  onDecision({ alerts, atMs }: Pick<DecisionRecord, 'alerts' | 'atMs'>): void {
    for (const { source, sentence } of alerts) {
      this.#dispatcher.fire({ key: keyOf(source), severity: 'warning', sentence }, atMs);
    }
    const firing = new Set(alerts.map(({ source }) => source));
    for (const source of this.#firing) {
      if (!firing.has(source)) this.#dispatcher.resolve(keyOf(source), 'no longer so', atMs);
    }
    this.#firing = firing;
  }
}

function keyOf(source: string): string {
  return `scaling/${source}`;
}
