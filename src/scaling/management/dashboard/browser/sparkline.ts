/** The last minute of one worker as a small line. */

/** Values kept: one a second. */
const SPARK_LENGTH = 60;
const WIDTH = 60;
const HEIGHT = 18;

export const SPARK_BOX = `0 0 ${WIDTH} ${HEIGHT}`;

/** With a value added at the end. */
export function withSpark(values: readonly number[], value: number): readonly number[] {
  return [...values.slice(1 - SPARK_LENGTH), value];
}

/** Against the right edge; the top is the highest value, or `least` when all are lower. */
export function sparkPath(values: readonly number[], least: number): string {
  const top = Math.max(least, ...values);
  const first = WIDTH - values.length;
  const y = (value: number): number => Math.round((HEIGHT - 1 - (value / top) * (HEIGHT - 2)) * 10) / 10;
  return values.map((value, index) => `${index === 0 ? 'M' : 'L'}${first + index} ${y(value)}`).join('');
}
