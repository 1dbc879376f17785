import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Endings, endTree } from '../ending.ts';
import { type Pinning, underTest } from '../pinning.ts';
import { processInfo, processTree } from '../processes.ts';
import { appFile, freePort, type Running, run, until } from '../running.ts';
import type { HttpProxy } from './proxies.ts';
import type { Workload } from './workloads.ts';

const WORKERS = 2;
/** Until V8 has compiled what is hot. */
const WARM_UP_SECONDS = 2;

/** One proxy's figures in one round. */
export interface Sample {
  readonly requestsPerSecond: number;
  /** CPU of the proxy. */
  readonly microseconds: number;
  /** CPU of proxy and workers. */
  readonly systemMicroseconds: number;
  /** The median time of an answer; NaN where it is not measured. */
  readonly p50Micros: number;
  readonly errors: number;
}

/** `samples[workload][proxy][round]`. */
export type Samples = Map<string, Map<string, Sample[]>>;

/** Starts workers and proxies once, and gives each proxy a turn in each round; only the one whose turn it is has work. */
export async function measureProxies(
  proxies: readonly HttpProxy[],
  workloads: readonly Workload[],
  rounds: number,
  seconds: number,
  directory: string,
  pinning: Pinning | null,
): Promise<Samples> {
  const endings = new Endings();
  const interrupted = (): void => void endings.all();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    const sockets = Array.from({ length: WORKERS }, (_, index) => path.join(directory, `worker-${index}.sock`));
    const workers: Running[] = [];
    for (const socket of sockets) {
      // On the generator's core: the proxy has the other one to itself.
      const worker = run([process.execPath, appFile('gateway-worker.cjs'), socket]);
      endings.add(() => endTree(worker.child));
      await until(
        () => `a worker listens: ${worker.output()}`,
        () => worker.output().includes('ready'),
      );
      workers.push(worker);
    }
    const started = [];
    for (const proxy of proxies) started.push(await startProxy(proxy, sockets, directory, pinning, endings));
    const samples: Samples = new Map();
    for (const workload of workloads) samples.set(workload.id, new Map(proxies.map(({ id }) => [id, []])));
    for (let round = -1; round < rounds; round++) {
      for (const workload of workloads) {
        for (const { proxy, running, port } of rotated(started, round + 1)) {
          if (workload.leavesOut?.includes(proxy.id)) continue;
          const sample = await measure(
            workload,
            port,
            running,
            workers,
            round === -1 ? WARM_UP_SECONDS : seconds,
            directory,
          );
          // The first round warms up.
          if (round >= 0) samples.get(workload.id)?.get(proxy.id)?.push(sample);
        }
      }
    }
    return samples;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    await endings.all();
  }
}

async function startProxy(
  proxy: HttpProxy,
  sockets: readonly string[],
  directory: string,
  pinning: Pinning | null,
  endings: Endings,
) {
  const port = await freePort();
  const own = path.join(directory, proxy.id);
  mkdirSync(own, { recursive: true });
  const running = run(underTest(pinning, proxy.command(port, sockets, own)), { cwd: own });
  endings.add(() => endTree(running.child));
  await until(
    () => `${proxy.label} listens: ${running.output()}`,
    () => isListening(port),
  );
  return { proxy, running, port };
}

async function measure(
  workload: Workload,
  port: number,
  proxy: Running,
  workers: readonly Running[],
  seconds: number,
  directory: string,
): Promise<Sample> {
  const cpuBefore = [cpuSeconds(proxy), ...workers.map(cpuSeconds)];
  const report = await workload.run(port, seconds, directory);
  const used = [cpuSeconds(proxy), ...workers.map(cpuSeconds)].map(
    (after, index) => after - (cpuBefore[index] as number),
  );
  const perRequest = (cpu: number): number => (cpu * 1e6) / report.requests;
  return {
    requestsPerSecond: report.requests / report.seconds,
    microseconds: perRequest(used[0] as number),
    systemMicroseconds: perRequest(used.reduce((sum, cpu) => sum + cpu, 0)),
    p50Micros: report.p50Micros ?? Number.NaN,
    errors: report.errors,
  };
}

/** By the kernel's own list, so that no proxy sees a connection of ours. */
function isListening(port: number): boolean {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync('/proc/net/tcp', 'utf8').includes(wanted);
}

function cpuSeconds({ child }: Running): number {
  const tree = processTree(child.pid as number);
  return tree.reduce((sum, { pid }) => sum + (processInfo(pid)?.cpuSeconds ?? 0), 0);
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const from = by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}
