/** What the cluster tells the rest of the runtime. */
export interface ClusterEvents {
  log(level: 'info' | 'warn' | 'error', message: string, fields?: object): void;
  /** A worker changed its state, or the number wanted changed. */
  onChange(): void;
  /** A worker has ended and is still in the status: the last look at its figures. */
  onLeave(workerId: number): void;
  /** The app could not be started even once; nothing runs any more. */
  onStartFailed(message: string): void;
}
