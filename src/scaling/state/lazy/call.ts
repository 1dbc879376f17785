import type { SharedState } from '../shared-state.ts';

/** Runs one operation on the state, opened by then, and counts it under that name. */
export type Call = <T>(operation: string, run: (state: SharedState) => Promise<T>) => Promise<T>;
