import type { Bound } from '../goals.ts';
import type { Sample } from './gateway-run.ts';

/** A figure of Tidegate's, divided by a peer's of the same round. */
export interface GatewayGoal {
  readonly workload: string;
  readonly peer: string;
  readonly label: string;
  readonly figure: (sample: Sample) => number;
  readonly bound: Bound;
}

const cpu = ({ microseconds }: Sample): number => microseconds;
const system = ({ systemMicroseconds }: Sample): number => systemMicroseconds;
const perCore = ({ systemMicroseconds }: Sample): number => 1 / systemMicroseconds;
const p50 = ({ p50Micros }: Sample): number => p50Micros;
const fewer = ({ microseconds }: Sample): number => 1 / microseconds;

const CPU = "the proxy's CPU";

export const GATEWAY_GOALS: readonly GatewayGoal[] = [
  { workload: 'keepalive', peer: 'haproxy', label: CPU, figure: cpu, bound: { atMost: 1.5 } },
  { workload: 'browser', peer: 'haproxy', label: CPU, figure: cpu, bound: { atMost: 1.5 } },
  { workload: '1m', peer: 'haproxy', label: CPU, figure: cpu, bound: { atMost: 1.2 } },
  { workload: 'keepalive', peer: 'haproxy', label: 'requests per core', figure: perCore, bound: { atLeast: 0.85 } },
  { workload: 'close', peer: 'haproxy', label: 'CPU with workers', figure: system, bound: { atMost: 1.8 } },
  { workload: 'idle', peer: 'haproxy', label: 'p50', figure: p50, bound: { atMost: 1.15 } },
  { workload: 'ws', peer: 'haproxy', label: 'CPU per message', figure: cpu, bound: { atMost: 1.5 } },
  { workload: 'keepalive', peer: 'http-proxy', label: 'times less CPU', figure: fewer, bound: { atLeast: 4.5 } },
  { workload: 'keepalive', peer: 'undici', label: 'times less CPU', figure: fewer, bound: { atLeast: 2.5 } },
];
