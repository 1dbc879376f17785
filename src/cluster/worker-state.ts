import type { StopReason, WorkerPhase } from '../ipc/status.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A worker's state: only what belongs to a phase exists in it. */
export type WorkerState =
  | { readonly phase: 'starting'; readonly sinceMs: number }
  | { readonly phase: 'ready'; readonly sinceMs: number }
  | { readonly phase: 'draining'; readonly sinceMs: number; readonly reason: StopReason }
  | { readonly phase: 'stopping'; readonly sinceMs: number; readonly reason: StopReason }
  | {
      readonly phase: 'stopped';
      readonly sinceMs: number;
      /** Null: it ended by itself. */
      readonly reason: StopReason | null;
      readonly exit: Exit;
      /** The phase it ended in. */
      readonly from: WorkerPhase;
    };

/** Draining never goes back. */
const NEXT: Readonly<Record<WorkerPhase, readonly WorkerPhase[]>> = {
  starting: ['ready', 'draining', 'stopping', 'stopped'],
  ready: ['draining', 'stopping', 'stopped'],
  draining: ['stopping', 'stopped'],
  stopping: ['stopped'],
  stopped: [],
};

/** Whether a worker in phase `from` may go to `to`. */
export function mayBecome(from: WorkerPhase, to: WorkerPhase): boolean {
  return NEXT[from].includes(to);
}
