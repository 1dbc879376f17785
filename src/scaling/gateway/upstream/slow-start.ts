/** Below this an upstream would get too little to be measured by. */
const LEAST = 0.1;

/** The weight's share that an upstream carries `sinceMs` after it became ready: from a tenth to all of it, linearly. */
export function slowStartFactor(sinceMs: number, slowStartMs: number): number {
  if (slowStartMs <= 0 || sinceMs >= slowStartMs) return 1;
  return Math.max(LEAST, sinceMs / slowStartMs);
}
