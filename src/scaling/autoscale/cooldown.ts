/** One direction of one rule: it may act, waits for the workers it asked for, or cools down. */
export type Cooldown =
  | { readonly phase: 'idle' }
  | { readonly phase: 'waiting'; readonly firedAtMs: number }
  | { readonly phase: 'cooling'; readonly untilMs: number };

export const IDLE: Cooldown = { phase: 'idle' };

/**
 * Time passes: `waiting → cooling` when all workers asked for are ready, `cooling → idle` when the period is over.
 * @param pending workers asked for and not ready; null: unknown, so a waiting rule waits on
 */
export function advance(cooldown: Cooldown, pending: number | null, cooldownMs: number, nowMs: number): Cooldown {
  const begun: Cooldown =
    cooldown.phase === 'waiting' && pending === 0 ? { phase: 'cooling', untilMs: nowMs + cooldownMs } : cooldown;
  return begun.phase === 'cooling' && nowMs >= begun.untilMs ? IDLE : begun;
}

/** What is left, were the workers ready now. */
export function cooldownLeftMs(cooldown: Cooldown, cooldownMs: number, nowMs: number): number {
  if (cooldown.phase === 'idle') return 0;
  return cooldown.phase === 'waiting' ? cooldownMs : Math.max(0, cooldown.untilMs - nowMs);
}
