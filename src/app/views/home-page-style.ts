import { PALETTE } from './palette.ts';

/** The style sheet of the page; colours follow the reader's light or dark setting. */
export const HOME_PAGE_STYLE = `${PALETTE}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 2rem; max-width: 60rem; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .75rem 1.5rem; }
h1 { display: flex; align-items: center; gap: .7rem; margin: 0; font-size: 1.7rem; letter-spacing: -.02em; }
h1 svg path { fill: none; stroke: var(--tide); stroke-width: 3; stroke-linecap: round; }
h2 { margin: 0 0 .8rem; font-size: 1.05rem; }
.badge { margin: 0; padding: .3rem .85rem; border: 1px solid var(--line); border-radius: 99px; background: var(--card); color: var(--soft); font-size: .9rem; }
.more { margin: -.7rem 0 .3rem; }
.more a { color: var(--tide-deep); font-weight: 600; text-underline-offset: .2em; }
a:focus-visible { outline: 2px solid var(--tide); outline-offset: 3px; border-radius: 4px; }
.badge strong { color: var(--tide-deep); }
.intro { max-width: 46rem; color: var(--soft); }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; }
.intro, .more, section:first-of-type { grid-column: 1 / -1; }
section { padding: 1.15rem 1.25rem 1.25rem; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
button {
  padding: .5rem .9rem; border: 1px solid var(--line); border-radius: 9px; background: var(--well); color: inherit;
  font: inherit; font-size: .92rem; cursor: pointer; transition: border-color .15s, background-color .15s;
}
button:hover { border-color: var(--tide); }
button:focus-visible, input:focus-visible { outline: 2px solid var(--tide); outline-offset: 2px; }
button:disabled { opacity: .5; cursor: progress; }
button.strong { border-color: transparent; background: var(--action); color: var(--on-action); }
button.strong:hover { background: var(--action-deep); }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .87em; }
pre { margin: .9rem 0 0; padding: .8rem 1rem; height: 10.5rem; overflow: auto; border-radius: 9px; background: var(--well); white-space: pre-wrap; overflow-wrap: anywhere; }
pre.bad { color: var(--bad); }
ol, ul { margin: 0; padding: 0; list-style: none; }
#tally li { display: grid; grid-template-columns: 9.5rem 1fr 3rem; align-items: center; gap: .7rem; padding: .22rem 0; font-size: .9rem; }
#tally li.empty { display: block; color: var(--soft); }
#tally meter { width: 100%; height: .7rem; }
#tally meter::-webkit-meter-bar { border: 0; border-radius: 99px; background: var(--well); }
#tally meter::-webkit-meter-optimum-value { border-radius: 99px; background: var(--tide); }
#tally meter::-moz-meter-bar { border-radius: 99px; background: var(--tide); }
#tally b { text-align: right; font-variant-numeric: tabular-nums; }
.note { margin: 0 0 .6rem; color: var(--soft); font-size: .9rem; }
#messages { height: 9rem; margin-bottom: .7rem; padding: .6rem .8rem; overflow: auto; border-radius: 9px; background: var(--well); font-size: .92rem; overflow-wrap: anywhere; }
#messages b { color: var(--tide-deep); }
form { display: flex; gap: .5rem; }
input { flex: 1; min-width: 0; padding: .5rem .8rem; border: 1px solid var(--line); border-radius: 9px; background: var(--card); color: inherit; font: inherit; }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .87rem; }
@media (max-width: 44rem) { main { grid-template-columns: minmax(0, 1fr); } }
`;
