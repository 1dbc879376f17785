import type { Workload } from '../../src/scaling/simulate/load/workload.ts';

type Shape = (second: number) => number;

function scenario(name: string, title: string, durationS: number, shape: Shape): Workload {
  return {
    name,
    title,
    durationS,
    erlangs: () => Float64Array.from({ length: durationS }, (_, second) => shape(second)),
    disturbances: {},
    isGuardCase: false,
  };
}

/** Loads for up to ten workers, in erlangs, that a calibration on a steady load has not seen. */
export const SCENARIOS: readonly Workload[] = [
  scenario('step', '0.8 → 5 → 0.8 erlangs', 110, (second) => (second >= 20 && second < 65 ? 5 : 0.8)),
  scenario('ramp', '0.8 to 6 erlangs in 60 s, and back', 120, (second) => {
    const rise = Math.min(1, Math.max(0, (second - 15) / 60));
    return second < 90 ? 0.8 + 5.2 * rise : 0.8;
  }),
  scenario('spike', '0.8 erlangs, 4 for eight seconds', 90, (second) => (second >= 20 && second < 28 ? 4 : 0.8)),
];
