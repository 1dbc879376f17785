import { clampTo, type Family, numberOf } from './controller.ts';

/** A number that never changes: a static peak, when it is enough for the highest load. */
export const fixed: Family = {
  name: 'fixed',
  title: 'as many workers as the peak needs, always',
  defaults: { peakPercent: 70 },
  grid: [{ peakPercent: 70 }, { peakPercent: 85 }],
  create(setting, { arrivals, limits }) {
    const peak = Math.max(...arrivals.erlangs);
    const desired = clampTo(limits, Math.ceil(peak / (numberOf(setting, 'peakPercent') / 100)));
    return { decide: () => ({ desired, reason: 'fixed' }) };
  },
};
