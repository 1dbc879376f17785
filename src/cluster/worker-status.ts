import type { StopReason, WorkerStatus } from '../ipc/status.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { Exit } from './worker-state.ts';

/** A worker as the control API shows it. */
export function statusOf(worker: WorkerHandle, restarts: number): WorkerStatus {
  return {
    id: worker.id,
    slot: worker.slot,
    pid: worker.pid,
    phase: worker.phase,
    generation: worker.generation,
    startedAtMs: worker.startedAtMs,
    readyAtMs: worker.readyAtMs,
    restarts,
    balanced: worker.keys.size > 0,
    listening: [...worker.listening.values()],
    sample: worker.sample,
    sampleAtMs: worker.sampleAtMs,
    claims: worker.load.claims,
    ejected: worker.ejected,
    ...(worker.recorder.kind !== null && { recording: worker.recorder.kind }),
  };
}

/** Why a worker ended, in words. */
export function describeExit(worker: WorkerHandle, reason: StopReason | null, exit: Exit): string {
  if (reason === 'start-timeout') return 'it was not ready in time (LISTEN_TIMEOUT_MS)';
  if (reason === 'hung') return 'its event loop was blocked for too long (HUNG_TIMEOUT_MS)';
  if (exit.code === null && exit.signal === null) return 'its process could not be started';
  if (exit.code === 0 && worker.readyAtMs === null) return 'it finished (exit code 0) and never listened';
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  if (worker.readyAtMs !== null) return how;
  return `${how} before it was ready${worker.listenFailure === null ? '' : `: ${worker.listenFailure}`}`;
}
