/** What people set by hand. Each is judged with the clock of the decision, so an expiry needs no timer. */

export interface PinState {
  readonly instances: number;
  readonly sinceMs: number;
  /** Null: until resume. */
  readonly untilMs: number | null;
  readonly by: string;
  readonly reason: string;
  /** Lifts the memory guard. */
  readonly force: boolean;
}

export interface FloorState {
  readonly instances: number;
  readonly sinceMs: number;
  readonly untilMs: number | null;
  readonly by: string;
  readonly reason: string;
}

export interface PauseState {
  readonly sinceMs: number;
  readonly by: string;
  readonly reason: string;
}

export interface ManualState {
  readonly pin: PinState | null;
  readonly floor: FloorState | null;
  readonly paused: PauseState | null;
}

export const NOTHING_MANUAL: ManualState = { pin: null, floor: null, paused: null };

/** Without what is over at `nowMs`. */
export function unexpired(manual: ManualState, nowMs: number): ManualState {
  const valid = (untilMs: number | null): boolean => untilMs === null || nowMs < untilMs;
  return {
    pin: manual.pin !== null && valid(manual.pin.untilMs) ? manual.pin : null,
    floor: manual.floor !== null && valid(manual.floor.untilMs) ? manual.floor : null,
    paused: manual.paused,
  };
}

/** True: the recommenders have no say. */
export function isByHand(policy: { readonly enabled: boolean }, { pin, paused }: ManualState): boolean {
  return pin !== null || paused !== null || !policy.enabled;
}
