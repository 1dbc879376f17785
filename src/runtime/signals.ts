/** What signals ask of the primary; docs/SIGNALS.md tells users. */
export interface SignalActions {
  /** Drain and end. */
  stop(signal: string): void;
  /** A second stop signal: end at once. */
  stopNow(signal: string): void;
  reload(signal: string): void;
  /** One worker more (+1) or less (-1). */
  scaleBy(delta: 1 | -1, signal: string): void;
  unsupported(signal: string, what: string): void;
}

/** Installs the handlers; `hasTerminal` turns SIGHUP, which a closing terminal sends, from reload into stop. */
export function installSignals(actions: SignalActions, hasTerminal: boolean): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) actions.stopNow(signal);
    else actions.stop(signal);
    stopping = true;
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', (signal) => (hasTerminal ? stop(signal) : actions.reload(signal)));
  process.on('SIGTTIN' as NodeJS.Signals, () => actions.scaleBy(1, 'SIGTTIN'));
  process.on('SIGTTOU' as NodeJS.Signals, () => actions.scaleBy(-1, 'SIGTTOU'));
  process.on('SIGUSR2', () => actions.unsupported('SIGUSR2', 'upgrading the runtime in place'));
}
