/** Student's t, two-sided 95 %, by degrees of freedom; beyond the table the normal distribution's. */
const T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

export interface Estimate {
  readonly mean: number;
  /** Half the width of the 95 % confidence interval; null for fewer than two values. */
  readonly plusMinus: number | null;
}

/** Mean and its confidence interval over independent runs. */
export function estimate(values: readonly number[]): Estimate {
  const { length } = values;
  if (length === 0) return { mean: 0, plusMinus: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  if (length === 1) return { mean, plusMinus: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (length - 1);
  return { mean, plusMinus: (T_95[length - 2] ?? 1.96) * Math.sqrt(variance / length) };
}
