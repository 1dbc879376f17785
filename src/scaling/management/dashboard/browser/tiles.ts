/** The figures of now, large. */
import { page } from './dom.ts';
import { byId, setText } from './element.ts';
import { showBytes, showCount, showMs, showPercent, showSpan } from './figures.ts';
import type { LiveCluster, LiveState } from './live-state.ts';
import { clusterNote } from './worker-view.ts';

export function drawTiles({ cluster, workers }: LiveState, nowMs: number): void {
  if (cluster === null) return;
  const phases = [...workers.values()].map(({ phase }) => phase);
  const starting = phases.filter((phase) => phase === 'starting').length;
  const leaving = phases.filter((phase) => phase === 'draining' || phase === 'stopping').length;
  page.document.title = `${cluster.ready}/${cluster.desired} ${cluster.name} · Tidegate`;
  setText(byId('about'), aboutText(cluster, nowMs));
  setText(byId('size'), String(cluster.ready));
  setText(byId('size-of'), ` / ${cluster.desired}`);
  setText(byId('size-note'), clusterNote(cluster, starting, leaving));
  setText(byId('rate'), showCount(cluster.rate));
  setText(byId('rate-note'), `${showCount(cluster.inFlight)} in flight`);
  setText(byId('latency'), showMs(cluster.p95Ms));
  setText(byId('latency-note'), `p50 ${showMs(cluster.p50Ms)} · p99 ${showMs(cluster.p99Ms)}`);
  setText(byId('errors'), showPercent(cluster.errorRatio, 2));
  setText(byId('errors-note'), 'of the last 10 s, status 5xx');
  setText(byId('cpu'), cluster.cpu === null ? '–' : cluster.cpu.toFixed(2));
  setText(byId('cpu-note'), 'cores, all workers');
  setText(byId('memory'), showBytes(cluster.rssBytes));
  setText(
    byId('memory-note'),
    `${showCount(cluster.connections)} connections, ${showCount(cluster.websockets)} WebSockets`,
  );
}

function aboutText({ name, addresses, startedAtMs }: LiveCluster, nowMs: number): string {
  return [name, addresses, `up ${showSpan(nowMs - startedAtMs)}`].filter((part) => part !== '').join(' · ');
}
