/** The dashboard's style sheet. Light and dark by the reader's preference; a phone's width turns table rows into cards. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --card: #ffffff; --line: #dde3e9; --ink: #14202b; --dim: #586776;
  --accent: #0b7285; --accent-ink: #ffffff; --wash: #0b728518;
  --good: #18794e; --warn: #a15c07; --bad: #c2261c; --good-wash: #18794e1f; --warn-wash: #a15c071f; --bad-wash: #c2261c1f;
  --shadow: 0 1px 2px #14202b0f, 0 4px 16px #14202b0a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d141a; --card: #151e26; --line: #26333e; --ink: #e8eef3; --dim: #94a5b4;
    --accent: #4cc3d9; --accent-ink: #06222a; --wash: #4cc3d922;
    --good: #53c68c; --warn: #e5a645; --bad: #ff7a6e; --good-wash: #53c68c26; --warn-wash: #e5a64526; --bad-wash: #ff7a6e26;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; font-variant-numeric: tabular-nums;
}
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; z-index: 3; background: var(--card); padding: .4rem .8rem; border-radius: 8px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { position: sticky; top: 0; z-index: 2; background: var(--card); border-bottom: 1px solid var(--line); }
.bar, main, footer { max-width: 1240px; margin: 0 auto; padding: 0 1.25rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1rem; min-height: 3.5rem; }
.brand { display: flex; align-items: center; gap: .55rem; font-size: 1.05rem; font-weight: 650; letter-spacing: -.01em; margin: 0; }
.brand svg { width: 26px; height: 26px; color: var(--accent); }
.about { color: var(--dim); font-size: .875rem; overflow-wrap: anywhere; }
.push { margin-left: auto; }
.pill {
  display: inline-flex; align-items: center; gap: .4rem; padding: .1rem .6rem; border-radius: 999px;
  font-size: .8125rem; font-weight: 550; background: var(--wash); color: var(--accent); white-space: nowrap;
}
.pill::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; background: currentColor; }
.good { background: var(--good-wash); color: var(--good); }
.warn { background: var(--warn-wash); color: var(--warn); }
.bad { background: var(--bad-wash); color: var(--bad); }
.idle { background: transparent; color: var(--dim); }
main { display: grid; gap: 1rem; padding-top: 1.25rem; padding-bottom: 1.5rem; grid-template-columns: repeat(12, minmax(0, 1fr)); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1rem 1.15rem; box-shadow: var(--shadow); grid-column: 1 / -1; min-width: 0; }
h2 { margin: 0 0 .75rem; font-size: .95rem; font-weight: 620; letter-spacing: -.005em; }
.head { display: flex; align-items: baseline; justify-content: space-between; gap: .75rem; flex-wrap: wrap; }
.note { color: var(--dim); font-size: .8125rem; }
.flush { padding: 0; overflow: hidden; }
.tiles { margin: 0; display: grid; gap: 1px; background: var(--line); grid-template-columns: 1fr 1.2fr 1.55fr 1fr 1.35fr; }
.tile { padding: .95rem 1.15rem; background: var(--card); min-width: 0; }
.tile dt { color: var(--dim); font-size: .8125rem; }
.tile dd { margin: 0; }
.tile .big { font-size: 1.75rem; line-height: 1.25; font-weight: 620; letter-spacing: -.02em; white-space: nowrap; }
.tile .big small { font-size: .95rem; font-weight: 500; color: var(--dim); letter-spacing: 0; }
.tile .note { min-height: 1.25rem; }
.half { grid-column: span 6; }
.wide { grid-column: span 8; }
.narrow { grid-column: span 4; }
svg.chart { display: block; width: 100%; height: 92px; overflow: visible; }
.chart path { vector-effect: non-scaling-stroke; fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.chart path.area { fill: var(--wash); stroke: none; }
.chart path.wanted { stroke: var(--dim); stroke-width: 1.25; stroke-dasharray: 4 4; }
.chart line { stroke: var(--line); vector-effect: non-scaling-stroke; }
.axis { display: flex; justify-content: space-between; color: var(--dim); font-size: .75rem; margin-top: .3rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
th { text-align: right; color: var(--dim); font-weight: 500; padding: 0 .6rem .45rem; white-space: nowrap; }
td { text-align: right; padding: .5rem .6rem; border-top: 1px solid var(--line); white-space: nowrap; }
th.text, td.text { text-align: left; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.gauge { display: inline-block; vertical-align: middle; width: 3.5rem; height: .4rem; margin-right: .5rem; border-radius: 1rem; background: var(--line); overflow: hidden; }
.gauge i { display: block; height: 100%; width: calc(var(--share, 0) * 100%); background: var(--accent); border-radius: 1rem; }
.gauge.hot i { background: var(--bad); }
.empty { color: var(--dim); margin: .25rem 0; }
ol.story { list-style: none; margin: 0; padding: 0; max-height: 21rem; overflow-y: auto; }
.story li { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: .75rem; padding: .5rem 0; border-top: 1px solid var(--line); font-size: .875rem; }
.story li:first-child { border-top: 0; padding-top: 0; }
.story time { color: var(--dim); white-space: nowrap; }
.story p { margin: 0; overflow-wrap: anywhere; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
.row + .row { margin-top: .85rem; padding-top: .85rem; border-top: 1px solid var(--line); }
label { display: grid; gap: .2rem; font-size: .8125rem; color: var(--dim); }
.grow { flex: 1 1 9rem; }
.row button { flex: 1 1 auto; }
.row button.step { flex: 0 0 auto; }
#scale button.main { flex: 1 1 100%; }
.row > label:not(.grow) { flex: 1 1 5.25rem; }
dialog .row button { flex: 0 0 auto; min-width: 5rem; }
input, select, button {
  font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 9px; padding: .4rem .7rem; min-height: 2.4rem;
}
input, select { width: 100%; }
button { cursor: pointer; font-weight: 550; }
button:hover:not(:disabled) { border-color: var(--accent); }
button:disabled { opacity: .5; cursor: default; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
button.step { min-width: 2.9rem; font-size: 1.05rem; }
dialog { border: 1px solid var(--line); border-radius: 14px; background: var(--card); color: var(--ink); padding: 1.25rem; width: min(26rem, calc(100vw - 2rem)); }
dialog::backdrop { background: #0008; }
dialog p { margin: 0 0 1rem; }
dialog .row { justify-content: flex-end; margin-top: 1rem; }
#notices { position: fixed; right: 1rem; bottom: 1rem; z-index: 4; display: grid; gap: .5rem; width: min(24rem, calc(100vw - 2rem)); }
.notice { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 10px; padding: .6rem .9rem; box-shadow: 0 6px 24px #0003; font-size: .875rem; overflow-wrap: anywhere; }
.notice.failed { border-left-color: var(--bad); }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding-bottom: 2rem; color: var(--dim); font-size: .8125rem; }
footer a { color: inherit; }
@media (max-width: 1000px) {
  .half, .wide, .narrow { grid-column: 1 / -1; }
  .tiles { grid-template-columns: repeat(6, 1fr); }
  .tile { grid-column: span 2; }
  .tile:nth-child(n+4) { grid-column: span 3; }
}
@media (max-width: 640px) {
  .bar, main, footer { padding-left: .85rem; padding-right: .85rem; }
  main { gap: .75rem; padding-top: .85rem; }
  .about { order: 1; width: 100%; padding-bottom: .5rem; }
  .bar { padding-top: .5rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tile, .tile:nth-child(n+4) { grid-column: auto; }
  .tile:nth-child(3) { grid-column: 1 / -1; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  table, tbody { display: block; }
  tr { display: grid; grid-template-columns: 1fr 1fr; gap: .15rem 1rem; padding: .6rem 0; border-top: 1px solid var(--line); }
  tr:first-child { border-top: 0; }
  td, td.text { display: flex; justify-content: space-between; gap: .5rem; border: 0; padding: .1rem 0; text-align: right; }
  td::before { content: attr(data-label); color: var(--dim); }
  .gauge { display: none; }
  .story li { grid-template-columns: 1fr; gap: .1rem; }
}
@media (prefers-reduced-motion: no-preference) { .gauge i { transition: width .4s; } }
`;
