import type { AlertLogger, AlertWatcher } from './alert.ts';

/** Alerts in the runtime's own log; silenced ones are left out. */
export function consoleWatcher(log: AlertLogger): AlertWatcher {
  return (alert) => {
    const { key, state, severity, sentence, silencedBy } = alert;
    if (silencedBy !== undefined) return;
    if (state === 'resolved') log('info', `resolved: ${key}: ${sentence}`, { alert });
    else log(severity === 'critical' ? 'error' : 'warn', `${severity}: ${key}: ${sentence}`, { alert });
  };
}
