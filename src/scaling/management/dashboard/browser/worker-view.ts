/** One worker in words and figures. */
import { showBytes, showCount, showMs, showPercent, showSpan, showWorkers } from './figures.ts';
import type { LiveCluster, LiveReceipt, LiveWorker } from './live-state.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'idle';

/** A worker whose figures are this old is silent. */
const SILENT_MS = 5_000;

/** The word for its state, and how it is meant. */
export function stateOf(worker: LiveWorker, nowMs: number): { readonly word: string; readonly tone: Tone } {
  if (isPictured(worker)) return { word: 'snapshot', tone: 'warn' };
  if (worker.phase === 'ready' && worker.ejected) return { word: 'ejected', tone: 'bad' };
  if (worker.phase === 'ready' && isSilent(worker, nowMs)) return { word: 'silent', tone: 'bad' };
  if (worker.phase === 'ready') return { word: 'ready', tone: 'good' };
  return { word: worker.phase, tone: worker.phase === 'stopped' ? 'idle' : 'warn' };
}

/** It stands still while its heap is written. */
function isPictured({ phase, recording }: LiveWorker): boolean {
  return phase === 'ready' && recording === 'heap-snapshot';
}

function isSilent({ sampleAtMs }: LiveWorker, nowMs: number): boolean {
  return sampleAtMs !== null && nowMs - sampleAtMs > SILENT_MS;
}

export type SortKey = 'slot' | 'state' | 'elu' | 'cpu' | 'rssBytes' | 'connections' | 'rate';

/** By slot ascending, by anything else the highest first; equal ones by slot, then by age. */
export function sortWorkers(workers: Iterable<LiveWorker>, key: SortKey): readonly LiveWorker[] {
  const bySlot = (a: LiveWorker, b: LiveWorker): number => a.slot - b.slot || a.id - b.id;
  if (key === 'slot') return [...workers].sort(bySlot);
  if (key === 'state') return [...workers].sort((a, b) => unrest(b) - unrest(a) || bySlot(a, b));
  return [...workers].sort((a, b) => (b[key] ?? -1) - (a[key] ?? -1) || bySlot(a, b));
}

function unrest({ phase, ejected }: LiveWorker): number {
  if (ejected) return 2;
  return phase === 'ready' ? 0 : 1;
}

/** Why it is in the state that it is in, and what follows from that. */
export function stateSentences(worker: LiveWorker, cluster: LiveCluster, nowMs: number): readonly string[] {
  return [...phaseSentences(worker, nowMs), ...historySentences(worker, cluster), ...loadSentences(worker)];
}

function phaseSentences(worker: LiveWorker, nowMs: number): readonly string[] {
  const { phase, startedAtMs, readyAtMs, ejected, balanced } = worker;
  if (phase === 'starting') {
    return [
      `Starting for ${showSpan(nowMs - startedAtMs)}: it gets connections as soon as it listens or says that it is ready.`,
    ];
  }
  if (phase === 'draining') {
    const open = showCount(worker.connections);
    return [
      `Leaving: it takes no new connections, hands idle ones to other workers and finishes ${open} that are open.`,
    ];
  }
  if (phase === 'stopping') return ['Stopping: its connections are gone, the process is ending.'];
  if (phase === 'stopped') return ['Stopped.'];
  const since =
    readyAtMs === null
      ? ''
      : ` for ${showSpan(nowMs - readyAtMs)}, after a start of ${showMs(readyAtMs - startedAtMs)}`;
  if (isPictured(worker)) return [`Ready${since}. It stands still: a snapshot of its heap is being written.`];
  if (isSilent(worker, nowMs)) {
    const silentMs = nowMs - (worker.sampleAtMs ?? nowMs);
    return [
      `Silent for ${showSpan(silentMs)}: its event loop is blocked or the process is starved. A worker that stays so is replaced.`,
    ];
  }
  if (ejected)
    return [`Ready${since}, but its breaker keeps new connections away: at least half of its requests failed.`];
  if (!balanced) return [`Running${since}. It does not listen, so it is supervised and gets no connections.`];
  const profiled = worker.recording === null ? [] : ['A CPU profile of it is being recorded.'];
  return [`Ready${since}: it takes new connections.`, ...profiled];
}

function historySentences({ restarts, generation }: LiveWorker, cluster: LiveCluster): readonly string[] {
  const sentences: string[] = [];
  if (restarts > 0)
    sentences.push(
      `The process in this slot was replaced ${restarts === 1 ? 'once' : `${restarts} times`} after it ended by itself.`,
    );
  if (generation < cluster.generation)
    sentences.push(`It runs the code of generation ${generation}; the current one is ${cluster.generation}.`);
  return sentences;
}

function loadSentences({ elu, runDelay, loopDelayMs }: LiveWorker): readonly string[] {
  const sentences: string[] = [];
  if (elu !== null && elu >= 0.9)
    sentences.push(`Its event loop is ${showPercent(elu)} busy: requests wait for one another.`);
  if (runDelay !== null && runDelay >= 0.2)
    sentences.push(`It waits for a core ${showPercent(runDelay)} of the time: the machine has more to do than cores.`);
  if (loopDelayMs !== null && loopDelayMs >= 100) sentences.push(`Callbacks run up to ${showMs(loopDelayMs)} late.`);
  return sentences;
}

/** Of GET /cluster/memory, what belongs to one worker; null: not watched long enough, or no growth to speak of. */
export interface MemoryTrend {
  readonly id?: number;
  readonly bytesPerHour: number | null;
  readonly limitInMs: number | null;
}

export function memorySentence(worker: LiveWorker, limitBytes: number, trend: MemoryTrend | undefined): string {
  const limit =
    limitBytes > 0 ? ` of ${showBytes(limitBytes)} at which it is replaced` : ', no limit set (MAX_MEMORY_RESTART)';
  const now = `Memory ${showBytes(worker.rssBytes)}${limit}`;
  const bytesPerHour = trend?.bytesPerHour ?? null;
  if (bytesPerHour === null || bytesPerHour <= 0) return `${now}; no steady growth is known.`;
  const pace = `it grows by ${showBytes(bytesPerHour)} an hour`;
  const limitInMs = trend?.limitInMs ?? null;
  return limitInMs === null ? `${now}; ${pace}.` : `${now}; ${pace} and is there in ${showSpan(limitInMs)}.`;
}

/** A drain receipt as a sentence that adds up. */
export function receiptSentence(receipt: LiveReceipt): string {
  const { durationMs, openAtStart, acceptedSince, finished, moved, closedByClient, cut } = receipt;
  const all = openAtStart + acceptedSince;
  const parts = `${finished} finished, ${moved} moved to other workers, ${closedByClient} closed by clients, ${cut} cut`;
  return `Left after ${showMs(durationMs)} (${receipt.reason}): of ${all} connections ${parts}.`;
}

/** How the cluster stands, in one line under its number. */
export function clusterNote(cluster: LiveCluster, starting: number, leaving: number): string {
  if (cluster.stopping) return 'stopping';
  if (cluster.frozen) return `crash loop: growth frozen after ${cluster.failedStarts} failed starts`;
  const parts = [
    ...(starting > 0 ? [`${showWorkers(starting)} starting`] : []),
    ...(leaving > 0 ? [`${leaving} leaving`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : `limits ${cluster.minInstances} to ${cluster.maxInstances}`;
}
