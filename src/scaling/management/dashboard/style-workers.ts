/** The table of workers. Its columns have fixed widths: with rows by the hundred nothing is measured again when a figure changes. */
export const workerStyle = `
.scroll { max-height: 34rem; overflow: auto; margin: 0 -1.1rem; padding: 0 1.1rem; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--card); color: var(--dim); font-size: .8125rem; font-weight: 500; box-shadow: inset 0 -1px var(--line); }
th, td { text-align: right; padding: .28rem .6rem; white-space: nowrap; overflow: hidden; vertical-align: middle; }
th:first-child, td:first-child { text-align: left; padding-left: 0; width: 7%; }
th:nth-child(2), td:nth-child(2) { text-align: left; width: 11%; }
th:nth-child(7) { width: 15%; }
th:nth-child(8) { width: 8%; }
th:last-child, td:last-child { padding-right: 0; width: 9%; }
tbody tr { border-top: 1px solid var(--line); contain: paint; cursor: pointer; }
tbody tr:first-child { border-top: 0; }
tbody tr:hover { background: var(--well); }
tbody tr.is-warn { background: var(--warn-wash); }
tbody tr.is-bad { background: var(--bad-wash); }
.gauged, .rate { display: inline-flex; vertical-align: middle; align-items: center; justify-content: flex-end; gap: .55rem; width: 100%; }
.gauge { flex: 0 1 64px; height: 6px; border-radius: 3px; background: var(--well); overflow: hidden; }
.gauge::after { content: ""; display: block; height: 100%; border-radius: 3px; background: var(--c1); transform: scaleX(var(--share, 0)); transform-origin: left; }
.gauge.hot::after { background: var(--bad); }
.gauge.none { visibility: hidden; }
.gauged > span { min-width: 3.4rem; }
.rate > span { min-width: 3rem; }
@media (prefers-reduced-motion: no-preference) {
  tbody:not(.calm) .gauge::after { transition: transform .35s; }
  tbody:not(.calm) tr { transition: background-color .6s; }
}`;
