// The stack in a terminal: lines of text, made of figures. Pure.

const NAMES = {
  app: 'the app, through HAProxy',
  scaler: 'control API and dashboard of the scaler',
  grafana: 'Grafana: overview, scaling, balancer, state',
  prometheus: 'Prometheus: queries, alerts, targets',
  alertmanager: 'Alertmanager: who was told, silences',
  statistics: 'HAProxy’s statistics, at /stats',
};

/** @param {Record<string, string>} addresses */
export function addressLines(addresses) {
  const width = Math.max(...Object.values(addresses).map(({ length }) => length));
  return Object.entries(NAMES).map(([part, what]) => `  ${(addresses[part] ?? '').padEnd(width)}  ${what}`);
}

/**
 * @param {Awaited<ReturnType<import('./stack-figures.mjs').stackFigures>>} parts
 * @param {number} nowMs
 * @returns {string[]}
 */
export function statusLines(parts, nowMs) {
  return [
    ...part('Containers', parts.scaler, scalerLines),
    ...part('Balancer', parts.balancer, balancerLines),
    ...part('Alerts', parts.alerts, (alerts) => alertLines(alerts, nowMs)),
    ...part('Scraped', parts.targets, ({ all, up, down }) => [
      `${up} of ${all} targets up${down.length > 0 ? `; down: ${down.join(', ')}` : ''}`,
    ]),
  ];
}

/** A part that does not answer says so in its place. */
function part(title, { figures, trouble }, lines) {
  const [first = '', ...rest] = trouble === undefined ? lines(figures) : [`no answer: ${trouble}`];
  return [`${title.padEnd(12)}${first}`, ...rest.map((line) => `${' '.repeat(12)}${line}`)];
}

function scalerLines({ desired, ready, pin, paused, instances }) {
  const byHand = pin
    ? `; set by ${pin.by}${pin.reason ? ` (${pin.reason})` : ''}`
    : paused
      ? `; paused by ${paused.by}`
      : '';
  const width = Math.max(4, ...instances.map(({ name }) => name.length));
  return [
    `${desired} wanted, ${ready} ready${byHand}`,
    ...(instances.length > 0
      ? [`${'name'.padEnd(width)}  ${'phase'.padEnd(9)}  ${'busy'.padStart(5)}  in flight  connections  memory`]
      : []),
    ...instances.map(({ name, phase, ready: serves, elu, inFlight, connections, rssBytes, trouble }) => {
      const figures = [
        (elu === null ? '–' : `${Math.round(elu * 100)} %`).padStart(5),
        String(inFlight ?? '–').padStart(9),
        String(connections ?? '–').padStart(11),
        rssBytes === null ? '–' : `${Math.round(rssBytes / 1_048_576)} MiB`,
      ];
      const state = phase === 'running' && !serves ? 'not ready' : phase;
      return `${name.padEnd(width)}  ${state.padEnd(9)}  ${figures.join('  ')}${trouble === null ? '' : `  ${trouble}`}`;
    }),
  ];
}

function balancerLines({ requestsPerSecond, sessions, serverErrors, serversUp, queued }) {
  return [
    `${requestsPerSecond} requests/s, ${sessions} connections, ${serversUp} servers up, ${queued} waiting, ${serverErrors} answers 5xx since its start`,
  ];
}

function alertLines(alerts, nowMs) {
  if (alerts.length === 0) return ['none'];
  return alerts.map(({ name, severity, state, sinceMs, summary }) => {
    return `${state === 'firing' ? '!' : '?'} ${name} (${severity}, ${state} for ${age(nowMs - sinceMs)}): ${summary}`;
  });
}

function age(ms) {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
