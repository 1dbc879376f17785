/** Charts, their legends, and the lane of decisions under them. */
export const chartStyle = `
.chart-head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: .1rem 1rem; margin: .35rem 0 .3rem; }
.chart-head h3 { margin: 0; color: var(--ink); }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; font-size: .8125rem; color: var(--dim); }
.legend i { display: inline-block; width: .8rem; height: 0; border-top: 2.5px solid currentColor; vertical-align: 4px; margin-right: .4rem; }
.legend .dashed i { border-top-style: dashed; }
.legend b { color: var(--ink); font-weight: 600; display: inline-block; min-width: 3.2rem; }
.c1 i { color: var(--c1); } .c2 i { color: var(--c2); } .c3 i { color: var(--c3); } .c4 i { color: var(--c4); }
.plot { position: relative; touch-action: pan-y; }
svg.chart { display: block; width: 100%; height: 128px; overflow: hidden; }
.chart path { fill: none; }
.chart .grid { stroke: var(--line); }
.chart .line { stroke-width: 1.75; stroke-linejoin: round; }
.chart .line.c1 { stroke: var(--c1); } .chart .line.c2 { stroke: var(--c2); } .chart .line.c3 { stroke: var(--c3); } .chart .line.c4 { stroke: var(--c4); }
.chart .line.dashed { stroke-dasharray: 5 4; }
.chart .area.c1 { fill: var(--wash); }
.chart .cursor { stroke: var(--ink); stroke-opacity: .55; }
.chart .marks { stroke: var(--edge); stroke-opacity: .6; stroke-dasharray: 2 3; }
.tick { position: absolute; left: .3rem; font-size: .6875rem; color: var(--dim); background: var(--card); padding: 0 .25rem; border-radius: 3px; line-height: 1.2; pointer-events: none; }
.tick.top { top: .1rem; }
.tick.middle { top: calc(50% - .45rem); }
.lane { position: relative; height: 26px; margin-top: 2px; }
.mark {
  position: absolute; left: clamp(0px, calc(var(--at) * 100% - 12px), calc(100% - 24px)); top: 1px; width: 24px; min-height: 24px; padding: 0;
  border: 0; border-radius: 6px; background: none; font-size: .8125rem; line-height: 24px; text-align: center;
}
.mark:hover { background: var(--well); }
.mark.up { color: var(--c1); } .mark.down { color: var(--c2); } .mark.hold { color: var(--dim); }
.axis { position: relative; height: 1.15rem; font-size: .75rem; color: var(--dim); border-top: 1px solid var(--line); overflow: hidden; }
.axis span { position: absolute; left: calc(var(--at) * 100%); transform: translateX(-50%); }
.key { margin-top: .35rem; }
.spark { width: 72px; height: 20px; flex: none; }
.spark path { fill: none; stroke: var(--c1); stroke-width: 1.5; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.spark.large { width: 100%; height: 72px; background: var(--well); border-radius: 8px; }
`;
