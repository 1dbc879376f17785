/** What opens over the page, and notices. */
export const dialogStyle = `
dialog { border: 1px solid var(--line); border-radius: 14px; background: var(--card); color: var(--ink); padding: 1.25rem 1.4rem; width: min(30rem, calc(100vw - 2rem)); box-shadow: 0 20px 60px #0004; }
dialog::backdrop { background: var(--veil); }
dialog h2 { font-size: 1.0625rem; }
dialog form { display: flex; flex-direction: column; gap: .7rem; }
.drawer { margin: 0 0 0 auto; height: 100dvh; max-height: 100dvh; width: min(38rem, 100vw); max-width: 100vw; border-radius: 0; border-width: 0 0 0 1px; padding-bottom: 2rem; }
.drawer .head { position: sticky; top: -1.25rem; background: var(--card); margin: -1.25rem 0 .75rem; padding: 1.1rem 0 .6rem; border-bottom: 1px solid var(--line); flex-wrap: nowrap; align-items: flex-start; z-index: 1; }
.drawer h3 { margin: 1.1rem 0 .45rem; }
.sentences { display: flex; flex-direction: column; gap: .4rem; }
ul + .sentences { margin-top: .9rem; }
#confirm .sentences { margin-top: .7rem; }
.sentences li { padding-left: .95rem; position: relative; overflow-wrap: anywhere; }
.sentences li::before { content: ""; position: absolute; left: 0; top: .55em; width: .35rem; height: .35rem; border-radius: 50%; background: var(--c1); }
.tags { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin-bottom: .75rem; color: var(--dim); font-size: .8125rem; }
.tag.up { background: var(--good-wash); color: var(--good); }
.tag.down { background: var(--warn-wash); color: var(--warn); }
.bars li { padding: .4rem 0; border-top: 1px solid var(--line); }
.bars li:first-child { border-top: 0; }
.bars li > span { color: var(--dim); font-size: .8125rem; }
.rule { position: relative; display: block; height: 8px; border-radius: 4px; background: var(--well); margin: .3rem 0; }
.rule::before { content: ""; position: absolute; inset: 0; border-radius: 4px; background: var(--edge); width: calc(var(--share) * 100%); }
.rule.hot::before { background: var(--c2); }
.threshold { position: absolute; top: -3px; bottom: -3px; width: 2px; background: var(--ink); left: calc(var(--threshold) * 100%); }
#notices { position: fixed; right: 1rem; bottom: 1rem; z-index: 4; display: flex; flex-direction: column; gap: .5rem; width: min(26rem, calc(100vw - 2rem)); }
.notice {
  display: flex; gap: .75rem; align-items: flex-start; background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--c1);
  border-radius: 10px; padding: .65rem .5rem .65rem .9rem; box-shadow: 0 8px 28px #0003; overflow-wrap: anywhere;
}
.notice p { flex: 1; }
.notice.failed { border-left-color: var(--bad); }
.notice .close { border: 0; background: none; min-height: 1.5rem; padding: 0 .5rem; font-size: 1.125rem; line-height: 1; }
@media (prefers-reduced-motion: no-preference) {
  dialog[open] { animation: rise .18s ease-out; }
  .drawer[open] { animation: slide .2s ease-out; }
  @keyframes rise { from { transform: translateY(8px); } }
  @keyframes slide { from { transform: translateX(24px); } }
}`;
