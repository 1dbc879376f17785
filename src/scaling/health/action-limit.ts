/** At most so many actions in any such time: recovery that does not help must not become the fault. */
export interface ActionLimit {
  readonly actions: number;
  readonly periodMs: number;
}

/** `takenAtMs`: when actions were taken. Returns whether another may be, and the times to keep. */
export function takeAction(
  limit: ActionLimit,
  takenAtMs: readonly number[],
  nowMs: number,
): { readonly allowed: boolean; readonly takenAtMs: readonly number[] } {
  // Where the clock went back, what was taken counts from now on.
  const recent = takenAtMs.map((atMs) => Math.min(atMs, nowMs)).filter((atMs) => nowMs - atMs < limit.periodMs);
  if (recent.length >= limit.actions) return { allowed: false, takenAtMs: recent };
  return { allowed: true, takenAtMs: [...recent, nowMs] };
}
