/** The dashboard's style sheet. */
import { palette } from './palette.ts';
import { chartStyle } from './style-charts.ts';
import { dialogStyle } from './style-dialogs.ts';
import { narrowStyle } from './style-narrow.ts';
import { workerStyle } from './style-workers.ts';

const base = `
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; margin: 0; white-space: nowrap; }
html { scroll-padding-top: 5rem; }
body {
  margin: 0; background: var(--ground); color: var(--ink); font-variant-numeric: tabular-nums;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; z-index: 3; background: var(--card); padding: .4rem .8rem; border-radius: 8px; }
a { color: inherit; }
p { margin: 0; }
h1, h2, h3 { margin: 0; letter-spacing: -.005em; }
h2 { font-size: .95rem; font-weight: 640; }
h3 { font-size: .8125rem; font-weight: 600; color: var(--dim); }
ul, ol, dl, dd { margin: 0; padding: 0; list-style: none; }
.note { color: var(--dim); font-size: .8125rem; }
.empty { color: var(--dim); padding: .25rem 0; }
.problem { color: var(--bad); }`;

const frame = `
header { position: sticky; top: 0; z-index: 2; background: var(--card); border-bottom: 1px solid var(--line); }
.bar, main, footer { max-width: 1480px; margin: 0 auto; padding: 0 1.25rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1rem; min-height: 3.5rem; }
.brand { display: flex; align-items: center; gap: .55rem; font-size: 1.0625rem; font-weight: 680; letter-spacing: -.015em; }
.wave { width: 26px; height: 23px; fill: none; stroke: var(--c1); stroke-width: 3; stroke-linecap: round; }
.about { color: var(--dim); font-size: .8125rem; overflow-wrap: anywhere; }
.pills { margin-left: auto; display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .6rem; }
.pill {
  display: inline-flex; align-items: center; gap: .4rem; padding: .1rem .6rem; border-radius: 999px;
  font-size: .8125rem; font-weight: 560; white-space: nowrap; background: var(--well); color: var(--dim);
}
.pill::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; background: currentColor; }
.pill.good { background: var(--good-wash); color: var(--good); }
.pill.warn { background: var(--warn-wash); color: var(--warn); }
.pill.bad { background: var(--bad-wash); color: var(--bad); }
main { display: grid; gap: 1rem; padding-top: 1.1rem; padding-bottom: 1.25rem; grid-template-columns: repeat(12, minmax(0, 1fr)); }
main.stale section { opacity: .62; filter: saturate(.4); }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: .95rem 1.1rem 1.05rem;
  box-shadow: var(--shadow); grid-column: 1 / -1; min-width: 0;
}
.wide { grid-column: span 8; }
.side { grid-column: span 4; display: flex; flex-direction: column; gap: 1rem; min-width: 0; }
.third { grid-column: span 4; }
.head { display: flex; align-items: center; gap: .35rem .85rem; flex-wrap: wrap; margin-bottom: .65rem; }
.head h2 { margin-right: auto; }
.flush { padding: 0; overflow: hidden; }
.tiles { display: grid; gap: 1px; background: var(--line); grid-template-columns: repeat(6, minmax(0, 1fr)); }
.tile { padding: .8rem 1.1rem .75rem; background: var(--card); min-width: 0; display: flex; flex-direction: column; }
.tile dt { color: var(--dim); font-size: .8125rem; }
.big { font-size: 1.75rem; line-height: 1.3; font-weight: 640; letter-spacing: -.02em; white-space: nowrap; }
.big small { font-size: 1.0625rem; font-weight: 500; color: var(--dim); letter-spacing: 0; }
.why { margin-left: .6rem; vertical-align: 4px; }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding-bottom: 2rem; color: var(--dim); font-size: .8125rem; }`;

const controls = `
button, select, input { font: inherit; color: inherit; }
button, select, input:not([type=checkbox]) {
  background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .3rem .7rem; min-height: 2.1rem; min-width: 0;
}
button { cursor: pointer; font-weight: 540; }
button:hover { border-color: var(--accent); color: var(--accent); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { background: var(--accent-deep); color: var(--on-accent); }
button.grave { color: var(--bad); border-color: var(--bad); }
button.main.grave { background: var(--bad); border-color: var(--bad); color: var(--card); }
button[aria-disabled=true], button[aria-disabled=true]:hover { cursor: not-allowed; background: var(--well); border-color: var(--line); color: var(--dim); }
button.small, button.why { min-height: 1.6rem; padding: .05rem .55rem; font-size: .8125rem; letter-spacing: 0; }
button.icon { border-color: transparent; background: none; min-height: 2rem; padding: .1rem .5rem; font-size: 1.125rem; line-height: 1; }
button.icon svg { width: 18px; height: 18px; display: block; fill: none; stroke: currentColor; stroke-width: 1.8; }
button.icon svg path { fill: currentColor; stroke: none; }
button.link { border: 0; background: none; padding: .1rem 0; min-height: 1.5rem; color: var(--accent); font-weight: 600; text-decoration: underline transparent; }
button.link:hover { text-decoration-color: currentColor; }
label { display: flex; flex-direction: column; gap: .15rem; color: var(--dim); font-size: .8125rem; }
label select, label input { color: var(--ink); font-size: .875rem; }
label.inline { flex-direction: row; align-items: center; gap: .4rem; }
label.inline select { min-height: 1.85rem; padding: .1rem .4rem; }
label.check { flex-direction: row; align-items: center; gap: .4rem; min-height: 2.1rem; }
.row { display: flex; flex-wrap: wrap; align-items: flex-end; gap: .55rem; }
.row + .row, .by-hand:not(:empty) { margin-top: .7rem; }
.end { justify-content: flex-end; margin-top: 1.1rem; }
.grow { flex: 1 1 9rem; }
.all { flex: 1 1 100%; }
.rule-above { border-top: 1px solid var(--line); padding-top: .75rem; margin-top: .75rem; }
.stepper { display: flex; }
.stepper input { width: 4rem; text-align: center; border-radius: 0; margin: 0 -1px; appearance: textfield; }
.stepper input::-webkit-inner-spin-button { appearance: none; }
.stepper button:first-child { border-radius: 8px 0 0 8px; }
.stepper button:last-child { border-radius: 0 8px 8px 0; }
.stepper :focus-visible { z-index: 1; }
.by-hand:not(:empty) { padding: .5rem .75rem; border-radius: 8px; background: var(--warn-wash); color: var(--warn); font-size: .8125rem; }
#may-not:not(:empty), #reload-progress { margin-top: .6rem; }
progress { width: 100%; height: .5rem; accent-color: var(--c1); }`;

const lists = `
.list > li { display: flex; gap: .6rem; align-items: flex-start; padding: .45rem 0; border-top: 1px solid var(--line); }
.list > li:first-child { border-top: 0; padding-top: 0; }
.list > li > div { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.list time { color: var(--dim); font-size: .8125rem; white-space: nowrap; }
.third .list { max-height: 21rem; overflow: auto; }
.state { font-size: .8125rem; font-weight: 560; white-space: nowrap; color: var(--dim); }
.state::before { content: ""; display: inline-block; width: .5rem; height: .5rem; border-radius: 50%; background: currentColor; margin-right: .4rem; }
.state.good { color: var(--good); }
.state.warn { color: var(--warn); }
.state.bad { color: var(--bad); }
.tall { flex: 1 1 0; display: flex; flex-direction: column; min-height: 16rem; }
.story { overflow: auto; flex: 1 1 0; min-height: 12rem; margin-right: -.6rem; padding-right: .6rem; }
.story .sentence { border: 0; background: none; padding: 0; min-height: 0; text-align: left; font-weight: 400; display: block; width: 100%; margin-bottom: .15rem; }
.story .tag { margin-left: .5rem; }
.up { color: var(--c1); }
.down { color: var(--c2); }
.hold { color: var(--dim); }
.sign { flex: none; width: 1rem; text-align: center; }
.tag { font-size: .75rem; padding: .05rem .45rem; border-radius: 6px; background: var(--well); color: var(--dim); white-space: nowrap; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: .1rem 1.5rem; }
.pairs > div { display: flex; justify-content: space-between; gap: .75rem; padding: .2rem 0; border-bottom: 1px solid var(--line); }
.pairs dt { color: var(--dim); }
.pairs dd { text-align: right; overflow-wrap: anywhere; }
section .pairs:not(:empty) { margin-bottom: .6rem; }
section h3 { margin: .6rem 0 .4rem; }
summary { cursor: pointer; }
summary h2 { display: inline; }
details[open] summary { margin-bottom: .75rem; }
.log {
  margin-top: .75rem; height: 24rem; overflow: auto; background: var(--well); border-radius: 8px; padding: .6rem .8rem;
  font: .8125rem/1.55 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
.log li { white-space: pre-wrap; overflow-wrap: anywhere; }
.log li.bad { color: var(--bad); }
.log i { font-style: normal; color: var(--dim); }
#log-note { margin-top: .4rem; }`;

export const style = [palette, base, frame, controls, lists, chartStyle, workerStyle, dialogStyle, narrowStyle].join(
  '\n',
);
