/** The fleet, and where the shared state is kept. */
import { byId, drawWhenChanged, setText } from './element.ts';
import { showClock, showCount, showMs, showSpan } from './figures.ts';
import { drawFinding } from './health-panel.ts';
import { drawPairs } from './worker-details.ts';

/** The part of GET /redis/status that is shown. */
export interface StateBody {
  readonly enabled?: boolean;
  readonly detail?: unknown;
  readonly driver?: string;
  readonly connected?: boolean;
  readonly degradedSinceMs?: number | null;
  readonly reason?: string | null;
  readonly redis?: {
    readonly mode?: string;
    readonly latencyMs?: number | null;
    readonly failovers?: number;
    readonly nodes?: readonly { readonly address?: string; readonly role?: string; readonly status?: string }[];
  } | null;
}

/** The part of GET /api/v1/admin/fleet-stats that is shown. */
export interface FleetBody {
  readonly enabled?: boolean;
  readonly detail?: string;
  readonly serverCount?: number;
  readonly totalCapacity?: number;
  readonly totalLoad?: number;
  readonly utilizationPercent?: number | null;
  readonly servers?: readonly {
    readonly id: string;
    readonly host?: string;
    readonly port?: number;
    readonly location?: string;
    readonly activeSlots?: number;
    readonly maxConcurrentTunnels?: number | null;
  }[];
}

const SERVERS_SHOWN = 20;

export function drawState(body: StateBody, nowMs: number): void {
  const { driver, connected, degradedSinceMs = null, reason, redis } = body;
  const standing = connected === false ? 'not connected' : 'connected';
  const pairs: [string, string][] = [
    ['Kept in', redis ? `Redis, ${redis.mode ?? 'one node'}` : (driver ?? 'the embedded store')],
    ['Standing', connected === undefined ? 'not in use' : degradedSinceMs === null ? standing : 'degraded'],
  ];
  if (redis?.latencyMs !== undefined) pairs.push(['Latency', showMs(redis.latencyMs)]);
  if (redis?.failovers !== undefined) pairs.push(['Failovers', showCount(redis.failovers)]);
  if (redis?.nodes !== undefined) pairs.push(['Nodes', `${redis.nodes.length}`]);
  drawWhenChanged(byId('state-facts'), pairs, () => drawPairs(pairs));
  const degraded =
    degradedSinceMs === null ? '' : `For ${showSpan(nowMs - degradedSinceMs)}, since ${showClock(degradedSinceMs)}: `;
  const detail = typeof body.detail === 'string' ? body.detail : '';
  setText(
    byId('state-note'),
    degradedSinceMs === null ? detail : `${degraded}${reason ?? 'the embedded store stands in'}`,
  );
}

export function drawFleet(body: FleetBody): void {
  const { serverCount, totalCapacity, totalLoad, utilizationPercent = null, servers = [] } = body;
  const known = serverCount !== undefined;
  const pairs: [string, string][] = known
    ? [
        ['Servers', `${serverCount}`],
        ['Slots in use', `${showCount(totalLoad ?? null)} of ${showCount(totalCapacity ?? null)}`],
        ['Utilization', utilizationPercent === null ? 'no limit to measure by' : `${utilizationPercent.toFixed(1)} %`],
      ]
    : [];
  drawWhenChanged(byId('fleet-facts'), pairs, () => drawPairs(pairs));
  setText(byId('fleet-note'), known ? '' : (body.detail ?? ''));
  const shown = servers.slice(0, SERVERS_SHOWN);
  drawWhenChanged(byId('fleet-list'), shown, () =>
    shown.map(({ id, host, port, location, activeSlots = 0, maxConcurrentTunnels }) => {
      const slots = maxConcurrentTunnels ? `, ${activeSlots} of ${maxConcurrentTunnels} slots` : '';
      const place = location ? `, ${location}` : '';
      return drawFinding({ name: id, level: 'registered', tone: 'good', text: `${host}:${port}${place}${slots}` });
    }),
  );
  byId('fleet-list').hidden = shown.length === 0;
}

/** Why a panel stays empty: the reader's role, most often. */
export function drawRefusal(id: 'fleet' | 'state', detail: string): void {
  drawWhenChanged(byId(`${id}-facts`), [], () => []);
  setText(byId(`${id}-note`), detail);
}
