// What the parts of the stack tell of themselves, for `npm run monitor`.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ASK_TIMEOUT_MS = 2_000;

/** @typedef {{ readonly name: string, readonly phase: string, readonly ready: boolean, readonly elu: number | null, readonly inFlight: number | null, readonly connections: number | null, readonly rssBytes: number | null, readonly trouble: string | null }} InstanceLine */

/**
 * Asks every part at once; one that does not answer has its reason in the place of its figures.
 * @param {Record<string, string>} addresses by part
 * @param {string} secretsDirectory
 * @param {string} statsUser of HAProxy's statistics
 */
export async function stackFigures(addresses, secretsDirectory, statsUser) {
  const secret = (name) => readFileSync(path.join(secretsDirectory, name), 'utf8').trim();
  const parts = {
    scaler: async () => {
      const [, token = ''] = /viewer:([^,]+)/.exec(secret('management_tokens')) ?? [];
      const headers = { authorization: `Bearer ${token}` };
      const [cluster, scaling] = await Promise.all(
        ['/cluster/status', '/scaling/status'].map((where) => json(`${addresses.scaler}${where}`, headers)),
      );
      return {
        desired: cluster.desired,
        ready: cluster.ready,
        pin: scaling.pin,
        paused: scaling.paused,
        instances: instancesOf(cluster),
      };
    },
    balancer: async () => {
      const authorization = `Basic ${Buffer.from(`${statsUser}:${secret('stats_password')}`).toString('base64')}`;
      return balancerOf(await text(`${addresses.statistics}/stats;csv`, { authorization }));
    },
    alerts: async () => {
      const { data } = await json(`${addresses.prometheus}/api/v1/alerts`);
      return data.alerts.map(({ labels, state, activeAt, annotations }) => ({
        name: labels.alertname,
        severity: labels.severity ?? '',
        state,
        sinceMs: Date.parse(activeAt),
        summary: annotations.summary ?? '',
      }));
    },
    targets: async () => {
      const { data } = await json(`${addresses.prometheus}/api/v1/targets?state=active`);
      // One that is new was not asked yet: neither up nor down.
      const [up, down] = ['up', 'down'].map((state) => data.activeTargets.filter(({ health }) => health === state));
      return {
        all: data.activeTargets.length,
        up: up.length,
        down: down.map(({ labels }) => `${labels.job} ${labels.instance}`),
      };
    },
  };
  const entries = Object.entries(parts).map(async ([name, ask]) => {
    const part = await ask().then(
      (figures) => ({ figures }),
      (error) => ({ trouble: error.cause?.code ?? error.message }),
    );
    return [name, part];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function text(url, headers = {}) {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

async function json(url, headers) {
  return JSON.parse(await text(url, headers));
}

/** @returns {InstanceLine[]} the scaler shows each container as one worker, in the same order */
function instancesOf({ instances, workers }) {
  return instances.map(({ name, phase, ready, trouble }, index) => {
    const { elu = null, inFlight = null, connections = null, rssBytes = null } = workers[index]?.sample ?? {};
    return { name, phase, ready, trouble, elu, inFlight, connections, rssBytes };
  });
}

/** Totals of the frontend that clients come to, and how many servers take requests. */
function balancerOf(csv) {
  const [head = '', ...lines] = csv.trim().split('\n');
  const names = head.replace(/^# /, '').split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])));
  const web = rows.find(({ pxname, svname }) => pxname === 'web' && svname === 'FRONTEND') ?? {};
  const app = rows.find(({ pxname, svname }) => pxname === 'app' && svname === 'BACKEND') ?? {};
  return {
    requestsPerSecond: Number(web.req_rate),
    sessions: Number(web.scur),
    serverErrors: Number(web.hrsp_5xx),
    serversUp: Number(app.act),
    queued: Number(app.qcur),
  };
}
