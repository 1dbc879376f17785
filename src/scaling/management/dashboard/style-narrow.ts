/** Smaller windows: two columns, then one, where each worker is a card. */
export const narrowStyle = `
@media (max-width: 1100px) {
  .wide, .side { grid-column: 1 / -1; }
  .third { grid-column: span 6; }
  .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .tall { flex: none; }
  .story { max-height: 22rem; flex: none; }
}
@media (max-width: 700px) {
  .bar, main, footer { padding-left: .8rem; padding-right: .8rem; }
  .bar { padding-top: .5rem; padding-bottom: .5rem; gap: .25rem .75rem; }
  .about { order: 1; width: 100%; }
  header { position: static; }
  main { gap: .75rem; padding-top: .75rem; }
  section { padding: .8rem .85rem .9rem; }
  .flush { padding: 0; }
  .third { grid-column: 1 / -1; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tile { padding: .6rem .85rem; }
  .big { font-size: 1.45rem; }
  .chart-head { flex-direction: column; }
  .legend b { min-width: 2.6rem; }
  .scroll { margin: 0 -.85rem; padding: 0 .85rem; max-height: 40rem; position: relative; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  thead tr { display: block; }
  thead th { position: static; display: inline; }
  table, tbody { display: block; }
  tbody tr { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.1rem; padding: .5rem 0; }
  tbody th, tbody td, tbody th:first-child, tbody td:nth-child(2), tbody td:last-child { display: flex; align-items: center; justify-content: space-between; gap: .5rem; padding: .1rem 0; width: auto; text-align: right; }
  tbody th::before, tbody td::before { content: attr(data-label); color: var(--dim); font-size: .8125rem; font-weight: 400; }
  tbody td:nth-child(2)::before, tbody th::before { content: none; }
  tbody td:last-child { grid-column: 1 / -1; }
  tbody td:nth-child(2) { justify-content: flex-end; }
  tbody .gauge, tbody td:nth-child(7) .spark { display: none; }
  .gauged, .rate { width: auto; }
  .gauged > span, .rate > span { min-width: 0; }
  dialog:not(.drawer) { margin-bottom: 1rem; }
}`;
