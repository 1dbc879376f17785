/** A load test's result as one page that needs nothing else. */
import { lineChart } from './line-chart.ts';
import type { LoadResult, StepResult } from './result.ts';
import { PERCENTILES } from './result.ts';
import type { Verdict } from './thresholds.ts';

const STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1c2530;--dim:#5d6b7a;--line:#dde3ea;--one:#0b6e4f;--two:#c77800;--bad:#c62d2d}
@media(prefers-color-scheme:dark){:root{--back:#12181f;--text:#e2e8ee;--dim:#93a1b0;--line:#2a343f;--one:#4cc38a;--two:#f0b04c;--bad:#ff6b6b}}
body{background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif;margin:0}
main{max-width:1080px;margin:0 auto;padding:24px 16px 64px}h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px}
p{margin:4px 0;color:var(--dim)}.wide{overflow-x:auto}table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}thead th{color:var(--dim);font-weight:500}.bad{color:var(--bad)}.good{color:var(--one)}
svg{width:100%;height:auto}svg text{font-size:11px;fill:var(--dim)}.axis{stroke:var(--line)}.one{fill:none;stroke:var(--one);stroke-width:1.8}
.two{fill:none;stroke:var(--two);stroke-width:1.8}.three{fill:none;stroke:var(--bad);stroke-width:1.8}ul{padding-left:18px}
`;

export function htmlReport(result: LoadResult, verdicts: readonly Verdict[]): string {
  const { plan, total, steps, course, errors } = result;
  const mode = plan.ratePerS === null ? 'closed loop' : `open loop, ${plan.ratePerS} rounds a second`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Load test of ${escaped(plan.target)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>Load test of ${escaped(plan.target)}</h1>`,
    `<p>${escaped(result.startedAt)} · journey ${escaped(plan.journey)} · ${plan.users} users, ${mode} · ${result.seconds} s, ramp ${plan.rampMs / 1000} s</p>`,
    `<p>${total.succeeded} succeeded, <span class="${total.failed > 0 ? 'bad' : ''}">${total.failed} failed</span>, ${result.perSecond} a second; ${result.rounds} rounds, ${result.failedRounds} failed; at most ${result.socketsMax} WebSockets. The generator was ${result.lagP99Ms} ms late at the 99th percentile.</p>`,
    verdicts.length === 0 ? '' : `<h2>Thresholds</h2><ul>${verdicts.map(verdictItem).join('')}</ul>`,
    '<h2>Latency in ms</h2>',
    stepTable(steps.length > 1 ? [...steps, total] : steps),
    '<p>From the moment at which a step was to begin; in an open loop that is the moment the clock said, however late a user was free. Failed steps are left out.</p>',
    '<h2>Latency over time</h2>',
    lineChart('ms', course, [
      { name: 'p50', className: 'one', value: ({ p50Ms }) => p50Ms },
      { name: 'p99', className: 'two', value: ({ p99Ms }) => p99Ms },
    ]),
    '<h2>Steps a second</h2>',
    lineChart('a second', course, [
      { name: 'succeeded', className: 'one', value: ({ succeeded }) => succeeded },
      { name: 'failed', className: 'three', value: ({ failed }) => failed },
    ]),
    '<h2>Users</h2>',
    lineChart('users', course, [
      { name: 'at work', className: 'one', value: ({ users }) => users },
      { name: 'WebSockets', className: 'two', value: ({ sockets }) => sockets },
      { name: 'rounds that wait', className: 'three', value: ({ waiting }) => waiting },
    ]),
    errors.length === 0
      ? ''
      : `<h2>Errors</h2><div class="wide"><table><thead><tr><th>step</th><th>kind</th><th>count</th></tr></thead><tbody>${errors.map(({ step, kind, count }) => `<tr><td>${escaped(step)}</td><td>${escaped(kind)}</td><td>${count}</td></tr>`).join('')}</tbody></table></div>`,
    '</main></body></html>',
  ].join('\n');
}

function verdictItem({ threshold, isMet, found }: Verdict): string {
  const verdict = isMet ? '<b class="good">met</b>' : '<b class="bad">missed</b>';
  return `<li>${verdict} ${escaped(threshold)}: ${escaped(found)}</li>`;
}

function stepTable(steps: readonly StepResult[]): string {
  const head = ['step', 'ok', 'failed', 'mean', ...PERCENTILES.map((at) => `p${at}`), 'max'];
  const rows = steps.map((step) => {
    const figures = [step.meanMs, ...PERCENTILES.map((at) => step.percentilesMs[String(at)] ?? 0), step.maxMs];
    const cells = [step.succeeded, step.failed, ...figures.map((value) => value.toFixed(1))];
    return `<tr><td>${escaped(step.name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head.map((title) => `<th>${title}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
