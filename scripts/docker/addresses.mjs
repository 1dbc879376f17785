// Where the parts of the stack answer on this machine: the defaults of docker-compose.scaling.yml, or what .env.scaling and the
// environment say.
const PORTS = {
  app: ['APP_PORT', 3001],
  statistics: ['STATS_PORT', 8080],
  scaler: ['SCALER_PORT', 9001],
  prometheus: ['PROMETHEUS_PORT', 9090],
  alertmanager: ['ALERTMANAGER_PORT', 9093],
  grafana: ['GRAFANA_PORT', 3000],
};

/**
 * @param {Readonly<Record<string, string | undefined>>} settings
 * @returns {Record<keyof typeof PORTS, string>}
 */
export function stackAddresses(settings) {
  return Object.fromEntries(
    Object.entries(PORTS).map(([part, [name, usual]]) => [part, `http://127.0.0.1:${settings[name] || usual}`]),
  );
}
