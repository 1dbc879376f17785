/** Axes with round figures. */

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ that holds `highest`; at least `least`. */
export function niceTop(highest: number, least: number): number {
  const wanted = Math.max(highest, least);
  const decade = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * decade >= wanted - 1e-9) ?? 10;
  return step * decade;
}

/** For counts of things: a whole number with some air above, even so that its half is one too. */
export function wholeTop(highest: number): number {
  const wanted = Math.max(2, Math.ceil(highest * 1.15));
  return wanted + (wanted % 2);
}

const TIME_STEPS_MS = [10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400].map((seconds) => seconds * 1_000);

/** Moments on round clock times, at most `count` of them. */
export function timeTicks(fromMs: number, toMs: number, count: number): readonly number[] {
  const step = TIME_STEPS_MS.find((stepMs) => (toMs - fromMs) / stepMs <= count) ?? 14_400_000;
  const first = Math.ceil(fromMs / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, index) => first + index * step);
}
