/** Active checks as plain data: up after `rise` good ones in a row, down after `fall` bad ones (HAProxy's words). */
export interface CheckState {
  readonly up: boolean;
  /** Results in a row that speak against the state. */
  readonly against: number;
}

/** Up until shown otherwise: an upstream serves before its first check ends. */
export const FIRST_CHECK_STATE: CheckState = { up: true, against: 0 };

/** The state after one check's result. Example, fall 3: up, bad, bad → up with 2 against; bad → down. */
export function afterCheck(state: CheckState, ok: boolean, rise: number, fall: number): CheckState {
  if (ok === state.up) return state.against === 0 ? state : { up: state.up, against: 0 };
  const against = state.against + 1;
  return against >= (state.up ? fall : rise) ? { up: !state.up, against: 0 } : { up: state.up, against };
}
