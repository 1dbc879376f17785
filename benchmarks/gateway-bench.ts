/**
 * HTTP proxies in front of the same two workers on unix sockets, each proxy alone on one core, one after the other in every round. Then
 * where our own time goes. `--quick`: two rounds of Tidegate, HAProxy and http-proxy.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chosen, commandLine, count } from './command-line.ts';
import { GATEWAY_GOALS } from './gateway/gateway-goals.ts';
import { measureProxies, type Sample, type Samples } from './gateway/gateway-run.ts';
import { topOfProfile } from './gateway/profile.ts';
import { type HttpProxy, obtainProxies } from './gateway/proxies.ts';
import { WORKLOADS, type Workload } from './gateway/workloads.ts';
import { verdict } from './goals.ts';
import { type Pinning, pinThisProcess, planPinning } from './pinning.ts';
import { type Estimate, estimate, median, ratios, seededRandom } from './statistics.ts';
import { table } from './table.ts';

const PROFILE_SECONDS = 4;
const QUICK_PROXIES = ['tidegate', 'haproxy', 'http-proxy'];

const values = commandLine(
  `npm run bench:gateway -- [--quick] [--rounds n] [--seconds n] [--only ${WORKLOADS[0]?.id},…] [--proxies tidegate,haproxy,…] [--json file]
  --only of ${WORKLOADS.map(({ id }) => id).join(', ')}`,
  ['rounds', 'seconds', 'only', 'proxies', 'json'],
  ['quick'],
);
const rounds = count('--rounds', values.rounds ?? (values.quick ? '2' : '6'));
const seconds = count('--seconds', values.seconds ?? '1');
const workloads = chosen('--only', values.only, WORKLOADS, ({ id }) => id);

function shown({ median: middle, low, high }: Estimate): string {
  return `${middle.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

/** Round by round, with the interval that holds the median with 95 % confidence. */
function ratioOf(own: readonly Sample[], base: readonly Sample[], figure: (sample: Sample) => number): Estimate {
  return estimate(ratios(own.map(figure), base.map(figure)), seededRandom(1));
}

function reportOn({ id, label, unit }: Workload, proxies: readonly HttpProxy[], samples: Samples): string[] {
  const byProxy = samples.get(id);
  const base = byProxy?.get('haproxy') ?? [];
  const rows = proxies.flatMap((proxy) => {
    const own = byProxy?.get(proxy.id) ?? [];
    if (own.length === 0) return [];
    const middle = (figure: (sample: Sample) => number): number => median(own.map(figure));
    const p50 = middle((sample) => sample.p50Micros);
    return [
      [
        proxy.label,
        Math.round(middle((sample) => sample.requestsPerSecond)).toLocaleString('en'),
        middle((sample) => sample.microseconds).toFixed(1),
        base.length === 0 ? '' : shown(ratioOf(own, base, (sample) => sample.microseconds)),
        middle((sample) => sample.systemMicroseconds).toFixed(1),
        base.length === 0 ? '' : shown(ratioOf(own, base, (sample) => sample.systemMicroseconds)),
        Number.isNaN(p50) ? '' : p50.toFixed(0),
        String(own.reduce((sum, sample) => sum + sample.errors, 0)),
      ],
    ];
  });
  const heading = ['', `${unit}s/s`, 'µs CPU', '× HAProxy', 'µs with workers', '× HAProxy', 'p50 µs', 'errors'];
  return ['', `${label}:`, ...table([heading, ...rows])];
}

function reportOnGoals(samples: Samples): string[] {
  const rows = GATEWAY_GOALS.flatMap(({ workload, peer, label, figure, bound }) => {
    const own = samples.get(workload)?.get('tidegate') ?? [];
    const base = samples.get(workload)?.get(peer) ?? [];
    if (own.length === 0 || base.length === 0) return [];
    const ratio = ratioOf(own, base, figure);
    const wanted = 'atMost' in bound ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`;
    return [[`${workload}: ${label} against ${peer}`, shown(ratio), wanted, verdict(ratio, bound)]];
  });
  return rows.length === 0 ? [] : ['', 'Goals:', ...table([['', 'ratio', 'goal', ''], ...rows])];
}

/** A run of its own: the profiler costs time. */
async function profile(directory: string, pinning: Pinning | null): Promise<string[]> {
  process.env.BENCH_PROFILE = '1';
  const { proxies } = await obtainProxies(['tidegate']);
  const keepAlive = WORKLOADS.filter(({ id }) => id === 'keepalive');
  const own = path.join(directory, 'profile');
  mkdirSync(own);
  await measureProxies(proxies, keepAlive, 1, PROFILE_SECONDS, own, pinning);
  const rows = topOfProfile(path.join(own, 'tidegate'), 10).map(({ where, share }) => [
    where,
    `${(share * 100).toFixed(1)} %`,
  ]);
  return ['', 'Where the time goes (keep-alive, shares of CPU time):', ...table([['', ''], ...rows])];
}

const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-gateway-bench-'));
try {
  const plan = planPinning();
  const pinning = typeof plan === 'string' ? null : plan;
  if (pinning === null) process.stdout.write(`not pinned: ${plan}\n`);
  else pinThisProcess(pinning);
  const { proxies, missing } = await obtainProxies(
    values.proxies?.split(',') ?? (values.quick ? QUICK_PROXIES : undefined),
  );
  for (const reason of missing) process.stdout.write(`left out: ${reason}\n`);
  process.stdout.write(
    `Node ${process.version}, ${rounds} rounds of ${seconds} s, 64 connections; medians, ratios round by round with 95 % intervals\n`,
  );
  const samples = await measureProxies(proxies, workloads, rounds, seconds, directory, pinning);
  const tables = workloads.flatMap((workload) => reportOn(workload, proxies, samples));
  process.stdout.write(`${[...tables, ...reportOnGoals(samples)].join('\n')}\n`);
  if (values.json !== undefined) {
    const figures = [...samples].map(([id, byProxy]) => [id, Object.fromEntries(byProxy)]);
    writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(figures), null, 2)}\n`);
  }
  if (proxies.some(({ id }) => id === 'tidegate')) {
    process.stdout.write(`${(await profile(directory, pinning)).join('\n')}\n`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
