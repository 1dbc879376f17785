/** How connections are placed, and the circuit breakers. */
import type { PageElement } from './dom.ts';
import { byId, drawWhenChanged, makeButton, setText } from './element.ts';
import { showCount } from './figures.ts';
import { drawFinding } from './health-panel.ts';
import { type BreakerFinding, breakerFindings } from './health-view.ts';
import { drawPairs, type UpstreamFigures } from './worker-details.ts';

/** The part of GET /loadbalancer/status that is shown. */
export interface BalancerBody {
  readonly mode?: string;
  readonly algorithm?: string;
  readonly accept?: string;
  readonly movesOrdered?: number;
  readonly upstreams?: readonly (UpstreamFigures & { readonly slot?: number; readonly available?: boolean })[];
}

const ACCEPT_TEXT: Readonly<Record<string, string>> = {
  shared: 'workers accept by themselves, within budgets',
  'hand-over': 'the primary accepts and hands over',
  gateway: 'a gateway proxies each request',
};

/** More breakers than this that are closed are counted, not listed. */
const CLOSED_LISTED = 6;

export function drawBalancer({ mode, algorithm, accept, movesOrdered, upstreams = [] }: BalancerBody): void {
  const available = upstreams.filter((upstream) => upstream.available ?? true).length;
  const pairs: [string, string][] = [
    ['Mode', mode ?? 'unknown'],
    ['Algorithm', algorithm ?? 'unknown'],
    ['Accepting', ACCEPT_TEXT[accept ?? ''] ?? accept ?? 'unknown'],
    ['Take connections', `${available} of ${upstreams.length}`],
    ['Connections moved', showCount(movesOrdered ?? null)],
  ];
  drawWhenChanged(byId('balancer-facts'), pairs, () => drawPairs(pairs));
}

export function drawBreakers(
  breakers: Readonly<Record<string, unknown>>,
  mayNot: string | null,
  onReset: (name: string | null) => void,
): void {
  const findings = breakerFindings(breakers);
  const troubled = findings.filter(({ tone }) => tone !== 'good');
  const closed = findings.slice(troubled.length);
  const listed = [...troubled, ...(closed.length > CLOSED_LISTED ? [] : closed)];
  drawWhenChanged(byId('breaker-list'), [listed, mayNot], () =>
    listed.map((finding) => drawBreaker(finding, mayNot, onReset)),
  );
  setText(byId('breaker-count'), `${closed.length} of ${findings.length} closed`);
}

function drawBreaker(finding: BreakerFinding, mayNot: string | null, onReset: (name: string) => void): PageElement {
  if (!finding.canReset) return drawFinding(finding);
  const reset = makeButton('small', 'Reset', () => onReset(finding.name));
  reset.setAttribute('aria-label', `Reset the breaker ${finding.name}`);
  if (mayNot !== null) {
    reset.setAttribute('aria-disabled', 'true');
    reset.title = mayNot;
  }
  return drawFinding(finding, reset);
}
