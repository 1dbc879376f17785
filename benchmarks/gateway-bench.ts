/**
 * `node dist/benchmarks/gateway-bench.js [--rounds n] [--seconds n] [--only keepalive,…] [--proxies tidegate,haproxy,…] [--json file]`:
 * HTTP proxies in front of the same two workers on unix sockets, each proxy alone on one core, one after the other in every round.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureProxies, type Samples, WORKLOADS } from './gateway/gateway-run.ts';
import { type HttpProxy, obtainProxies } from './gateway/proxies.ts';
import { pinThisProcess, planPinning } from './pinning.ts';
import { median, ratios } from './statistics.ts';
import { table } from './table.ts';

const string = { type: 'string' } as const;
const { values } = parseArgs({
  options: { rounds: string, seconds: string, only: string, proxies: string, json: string },
});
const rounds = Number(values.rounds ?? 6);
const seconds = Number(values.seconds ?? 2);
const chosen = values.only?.split(',');
const workloads = WORKLOADS.filter(({ id }) => chosen === undefined || chosen.includes(id));

function report(proxies: readonly HttpProxy[], samples: Samples): string[] {
  return workloads.flatMap(({ id, label }) => {
    const byProxy = samples.get(id);
    const base = byProxy?.get('haproxy')?.map((sample) => sample.microseconds);
    const rows = proxies.map((proxy) => {
      const own = byProxy?.get(proxy.id) ?? [];
      const microseconds = own.map((sample) => sample.microseconds);
      return [
        proxy.label,
        Math.round(median(own.map((sample) => sample.requestsPerSecond))).toLocaleString('en'),
        median(microseconds).toFixed(1),
        base === undefined ? '' : median(ratios(microseconds, base)).toFixed(2),
        median(own.map((sample) => sample.systemMicroseconds)).toFixed(1),
        String(own.reduce((sum, sample) => sum + sample.errors, 0)),
      ];
    });
    return ['', `${label}:`, ...table([['', 'req/s', 'µs CPU', '× HAProxy', 'µs with workers', 'errors'], ...rows])];
  });
}

const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-gateway-bench-'));
try {
  const plan = planPinning();
  const pinning = typeof plan === 'string' ? null : plan;
  if (pinning === null) process.stdout.write(`not pinned: ${plan}\n`);
  else pinThisProcess(pinning);
  const { proxies, missing } = await obtainProxies(values.proxies?.split(','));
  for (const reason of missing) process.stdout.write(`left out: ${reason}\n`);
  process.stdout.write(`Node ${process.version}, ${rounds} rounds of ${seconds} s, wrk with 64 connections; medians\n`);
  const samples = await measureProxies(proxies, workloads, rounds, seconds, directory, pinning);
  process.stdout.write(`${report(proxies, samples).join('\n')}\n`);
  if (values.json !== undefined) {
    const figures = [...samples].map(([id, byProxy]) => [id, Object.fromEntries(byProxy)]);
    writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(figures), null, 2)}\n`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
