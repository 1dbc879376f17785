import { PALETTE } from './palette.ts';

/** The style sheet of the page at `/app`; colours follow the reader's light or dark setting. */
export const APP_PAGE_STYLE = `${PALETTE}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; padding: 1.75rem 1.25rem 2rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .6rem 1.5rem; margin-bottom: 1.25rem; }
h1 { margin: 0; font-size: 1.45rem; letter-spacing: -.02em; line-height: 1.2; }
h1 a { display: flex; align-items: center; gap: .65rem; color: inherit; text-decoration: none; }
h1 svg { flex: none; }
h1 svg path { fill: none; stroke: var(--tide); stroke-width: 3; stroke-linecap: round; }
h2 { margin: 0 0 .7rem; font-size: 1.05rem; }
h3 { margin: 1rem 0 .4rem; color: var(--soft); font-size: .82rem; font-weight: 600; }
p { margin: 0; }
.account { display: flex; align-items: center; gap: .75rem; max-width: 100%; }
.account b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
section { padding: 1.1rem 1.2rem 1.2rem; border: 1px solid var(--line); border-radius: 14px; background: var(--card); min-width: 0; }
.inside { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 1rem; align-items: start; }
.inside > section { grid-column: span 2; align-self: stretch; }
.inside > .chat { grid-column: span 4; display: flex; flex-direction: column; }
.side { grid-column: span 2; display: grid; gap: 1rem; min-width: 0; align-content: start; }
.side + section, .side + section + section { grid-column: span 3; }
.welcome { max-width: 26rem; margin: 6vh auto 0; padding: 1.6rem; }
.welcome .note + form { flex-direction: column; align-items: stretch; gap: .9rem; margin-top: 1.1rem; }
.welcome label { flex-direction: column; align-items: stretch; gap: .25rem; }
.welcome #login-answer { margin-top: .8rem; min-height: 1.4em; }
.note, .empty, footer, small { color: var(--soft); font-size: .88rem; }
.note:empty { display: none; }
.bad { color: var(--bad); }
small { display: block; font-size: .8rem; }
.head, .bar, .row { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .3rem .8rem; }
.head h2 { margin: 0; }
.bar { flex-wrap: nowrap; min-height: 2.6rem; margin: .6rem 0; }
#chat-state { min-width: 0; overflow-wrap: anywhere; }
.chat[data-state="talking"] #chat-state { font-weight: 600; }
.link { display: flex; align-items: center; gap: .5rem; color: var(--soft); font-size: .85rem; }
.link::before, #direct::before { content: ""; flex: none; width: .6rem; height: .6rem; border-radius: 50%; background: var(--edge); }
.link[data-state="open"]::before, #direct[data-state="open"]::before { background: var(--tide); }
.link[data-state="lost"] { color: var(--bad); }
.link[data-state="lost"]::before { background: var(--bad); }
.link[data-state="connecting"]::before, #direct[data-state="connecting"]::before { background: var(--warn); }
ol, ul { margin: 0; padding: 0; list-style: none; }
#messages {
  flex: 1 1 22rem; height: 22rem; display: flex; flex-direction: column; gap: .45rem; padding: .9rem; overflow: auto;
  border-radius: 11px; background: var(--well); overflow-wrap: anywhere;
}
#messages li { max-width: 80%; padding: .45rem .8rem; border-radius: 13px; background: var(--card); border: 1px solid var(--line); }
#messages .theirs { align-self: flex-start; border-bottom-left-radius: 4px; }
#messages .mine { align-self: flex-end; border-color: transparent; background: var(--good-well); border-bottom-right-radius: 4px; }
#messages .note { align-self: center; max-width: 95%; padding: .15rem .7rem; border: 0; background: none; text-align: center; }
#messages .note[data-kind="lost"], #messages .note[data-kind="error"] { color: var(--bad); }
#messages .text { white-space: pre-wrap; }
.meta { float: right; margin: .45rem 0 -.2rem .8rem; color: var(--soft); font-size: .75rem; }
.tick { margin-left: .35rem; letter-spacing: -.15em; }
[data-state="delivered"] .tick { color: var(--tide-deep); font-weight: 700; }
form { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem; }
#say { flex-wrap: nowrap; margin-top: .7rem; }
#say input { flex: 1; }
label { display: flex; align-items: center; gap: .45rem; color: var(--soft); font-size: .9rem; }
input {
  min-width: 0; padding: .5rem .75rem; border: 1px solid var(--edge); border-radius: 9px; background: var(--card); color: var(--text); font: inherit;
}
input:disabled { border-color: var(--line); background: var(--well); }
input::placeholder { color: var(--soft); opacity: 1; }
label input { width: 7.25rem; }
.welcome input { width: 100%; }
button {
  padding: .5rem .95rem; border: 1px solid var(--edge); border-radius: 9px; background: var(--well); color: inherit;
  font: inherit; font-size: .92rem; white-space: nowrap; cursor: pointer; transition: border-color .15s, background-color .15s;
}
button:hover:not(:disabled) { border-color: var(--tide); }
button:disabled { opacity: .55; cursor: default; }
button.strong { border-color: transparent; background: var(--action); color: var(--on-action); }
button.strong:hover:not(:disabled) { background: var(--action-deep); }
button.small { padding: .3rem .7rem; font-size: .85rem; }
:is(button, input, a, #messages):focus-visible { outline: 2px solid var(--tide); outline-offset: 2px; border-radius: 9px; }
.buttons, .steps { display: flex; flex-wrap: wrap; gap: .5rem; }
.call { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem .9rem; margin-top: .8rem; }
.call .note, .videos { flex-basis: 100%; }
#direct { display: flex; align-items: center; gap: .5rem; color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; }
.videos { display: flex; flex-wrap: wrap; align-items: end; gap: .6rem; }
.videos:not(:has(:not([hidden]))) { display: none; }
video { width: min(20rem, 100%); border-radius: 11px; background: #000; }
#my-video { width: 8rem; }
.rows li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .3rem .7rem; padding: .45rem 0; font-size: .92rem; }
.rows li + li { border-top: 1px solid var(--line); }
.rows + .note, .buttons + .note, form + .note { margin-top: .6rem; }
.note + form, .note + .buttons, .note + .rows, form + .rows, .buttons + .rows { margin-top: .6rem; }
.who { min-width: 0; flex: 1; overflow-wrap: anywhere; }
.chip { padding: .08rem .6rem; border-radius: 99px; background: var(--well); color: var(--soft); font-size: .8rem; white-space: nowrap; }
.chip.good { background: var(--good-well); color: var(--tide-deep); }
.chip.warn { background: var(--warn-well); color: var(--warn); }
.chip.bad { background: var(--bad-well); color: var(--bad); }
.jobs li { display: block; }
.row { flex-wrap: nowrap; }
.share, meter + b { min-width: 3.2rem; text-align: right; font-variant-numeric: tabular-nums; }
.outcome { font-size: .88rem; }
progress { flex: 1; min-width: 0; height: .6rem; border: 0; border-radius: 99px; overflow: hidden; background: var(--well); accent-color: var(--tide); }
progress::-webkit-progress-bar { background: var(--well); box-shadow: inset 0 0 0 1px var(--line); border-radius: 99px; }
progress::-webkit-progress-value { background: var(--tide); border-radius: 99px; transition: width .3s; }
progress::-moz-progress-bar { background: var(--tide); }
.activity li { display: grid; grid-template-columns: minmax(0, 11rem) minmax(0, 1fr) 3.2rem; }
.activity span { overflow-wrap: anywhere; }
meter { width: 100%; height: .6rem; }
meter::-webkit-meter-bar { border: 0; border-radius: 99px; background: var(--well); }
meter::-webkit-meter-optimum-value { border-radius: 99px; background: var(--tide); }
meter::-moz-meter-bar { border-radius: 99px; background: var(--tide); }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .87em; }
footer { margin-top: 1.4rem; }
[data-screen="outside"] footer { text-align: center; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 60rem) {
  .inside > section, .inside > .chat, .side, .side + section, .side + section + section { grid-column: 1 / -1; }
}
@media (max-width: 34rem) {
  body { padding: 1.1rem .8rem 1.5rem; }
  section { padding: .95rem .95rem 1.05rem; }
  label { flex: 1 1 100%; justify-content: space-between; }
  .welcome label, #new-job label { flex-basis: auto; }
  .leases .who { flex-basis: 100%; }
  #messages { height: 19rem; padding: .7rem; }
  #messages li { max-width: 88%; }
  .activity li { grid-template-columns: minmax(0, 1fr) 5rem 3.2rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
