import { type Cooldown, IDLE } from '../cooldown.ts';

/** What is remembered of one rule. */
export interface RuleState {
  readonly held: boolean;
  /** Successive observations in which it held, up to what the policy requires. */
  readonly confirmations: number;
  readonly cooldowns: Readonly<Record<'up' | 'down' | 'alert', Cooldown>>;
}

export const NEW_RULE: RuleState = {
  held: false,
  confirmations: 0,
  cooldowns: { up: IDLE, down: IDLE, alert: IDLE },
};

/** A rule acted: it must hold anew, and cools down once the workers it asked for are ready (a scale-down or an alert asks for none). */
export function fired(
  state: RuleState,
  direction: 'up' | 'down' | 'alert',
  cooldownMs: number,
  nowMs: number,
): RuleState {
  const cooldown: Cooldown =
    direction === 'up' ? { phase: 'waiting', firedAtMs: nowMs } : { phase: 'cooling', untilMs: nowMs + cooldownMs };
  return { held: false, confirmations: 0, cooldowns: { ...state.cooldowns, [direction]: cooldown } };
}
