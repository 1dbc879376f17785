/** Why something that was asked for one worker could not be done; the control API tells these by their codes. */
export type WorkerErrorCode =
  | 'WORKER_NOT_FOUND'
  | 'WORKER_NOT_READY'
  | 'WORKER_BUSY'
  | 'WORKER_ENDED'
  | 'RECORDING_RUNNING'
  | 'RECORDING_STOPPED'
  | 'RECORDING_FAILED'
  | 'NOT_ENOUGH_MEMORY'
  | 'NO_SPACE';

export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code: WorkerErrorCode;

  constructor(code: WorkerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
