/** A reload under way, whoever asked for it. */
import { byId, setText } from './element.ts';
import type { LiveCluster } from './live-state.ts';

export function drawReload({ reloadOutcome, reloadReplaced, reloadTotal, reloadDetail }: LiveCluster): void {
  const running = reloadOutcome === 'running';
  byId('reload-progress').hidden = !running;
  if (!running) return;
  const bar = byId('reload-bar');
  bar.max = Math.max(1, reloadTotal);
  bar.value = String(reloadReplaced);
  setText(byId('reload-text'), `Reload: ${reloadReplaced} of ${reloadTotal} workers replaced. ${reloadDetail ?? ''}`);
}
