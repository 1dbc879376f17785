/** The event stream of one instance, held open: what comes is told, and what breaks is opened again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterStatus } from '../../ipc/status.ts';
import type { ControlClient } from '../control-client.ts';
import { decisionSentence } from '../decision.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** The server says something every 15 s at least: one that does not is gone without a word. */
const SILENCE_MS = 40_000;

export interface LiveListener {
  onSample(status: ClusterStatus, atMs: number): void;
  onDecision(sentence: string): void;
}

/** Until `quit`. Between two streams somebody else has to ask: nothing says here that one is missing. */
export async function followEvents(
  client: ControlClient,
  listener: LiveListener,
  quit: AbortSignal,
  firstRetryMs = FIRST_RETRY_MS,
): Promise<void> {
  let retryMs = firstRetryMs;
  while (!quit.aborted) {
    const silence = new AbortController();
    const stop = AbortSignal.any([quit, silence.signal]);
    const giveUp = (): void => silence.abort();
    let timer = setTimeout(giveUp, SILENCE_MS);
    try {
      for await (const { name, data } of client.events('/events', stop)) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, SILENCE_MS);
        retryMs = firstRetryMs;
        tell(listener, name, data);
      }
    } catch {
      // Whoever asks meanwhile hears the same, and says it.
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    await delay(retryMs, undefined, { signal: quit }).catch(() => undefined);
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
  }
}

function tell(listener: LiveListener, name: string, data: string): void {
  if (name === 'decision') {
    const sentence = decisionSentence(JSON.parse(data));
    if (sentence !== undefined) listener.onDecision(sentence);
  }
  if (name !== 'sample') return;
  const { atMs, cluster } = JSON.parse(data) as { readonly atMs: number; readonly cluster: ClusterStatus };
  listener.onSample(cluster, atMs);
}
