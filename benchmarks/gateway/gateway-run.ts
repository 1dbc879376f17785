import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Endings, endTree } from '../ending.ts';
import { parseWrk } from '../load/wrk.ts';
import { type Pinning, underTest } from '../pinning.ts';
import { processInfo, processTree } from '../processes.ts';
import { appFile, freePort, outputOf, type Running, run, until } from '../running.ts';
import type { HttpProxy } from './proxies.ts';

const CONNECTIONS = 64;
const WORKERS = 2;

/** What is asked of the proxies. */
export interface Workload {
  readonly id: string;
  readonly label: string;
  /** Arguments of wrk before the address. */
  readonly wrk: readonly string[];
  readonly target: string;
  /** What wrk runs, for bodies and for closing connections. */
  readonly script?: string;
}

const BROWSER = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Cache-Control: max-age=0',
  'Sec-Ch-Ua: "Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Upgrade-Insecure-Requests: 1',
  `Cookie: session=${'a'.repeat(120)}; theme=dark; consent=yes`,
];

export const WORKLOADS: readonly Workload[] = [
  { id: 'keepalive', label: 'keep-alive, 100 B', wrk: [], target: '/' },
  { id: 'browser', label: 'browser-like fields', wrk: BROWSER.flatMap((line) => ['-H', line]), target: '/' },
  { id: '10k', label: 'body of 10 KB', wrk: [], target: '/10k' },
  { id: '1m', label: 'body of 1 MB', wrk: [], target: '/1m' },
  {
    id: 'post',
    label: 'POST of 10 KB',
    wrk: [],
    target: '/',
    script: `wrk.method = "POST"\nwrk.body = string.rep("x", 10240)\n`,
  },
  { id: 'close', label: 'a connection each', wrk: ['-H', 'Connection: close'], target: '/' },
];

/** One proxy's figures in one round. */
export interface Sample {
  readonly requestsPerSecond: number;
  /** CPU of the proxy. */
  readonly microseconds: number;
  /** CPU of proxy and workers. */
  readonly systemMicroseconds: number;
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
  process.once('SIGINT', interrupted);
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
          const sample = await measure(workload, port, running, workers, round === -1 ? 1 : seconds, directory);
          // The first round warms up.
          if (round >= 0) samples.get(workload.id)?.get(proxy.id)?.push(sample);
        }
      }
    }
    return samples;
  } finally {
    process.off('SIGINT', interrupted);
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
  const script: string[] = [];
  if (workload.script !== undefined) {
    const file = path.join(directory, `${workload.id}.lua`);
    writeFileSync(file, workload.script);
    script.push('-s', file);
  }
  const cpuBefore = [cpuSeconds(proxy), ...workers.map(cpuSeconds)];
  const url = `http://127.0.0.1:${port}${workload.target}`;
  const report = parseWrk(
    await outputOf(['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...workload.wrk, ...script, url]),
  );
  const used = [cpuSeconds(proxy), ...workers.map(cpuSeconds)].map(
    (after, index) => after - (cpuBefore[index] as number),
  );
  const perRequest = (cpu: number): number => (cpu * 1e6) / report.requests;
  return {
    requestsPerSecond: report.requests / report.seconds,
    microseconds: perRequest(used[0] as number),
    systemMicroseconds: perRequest(used.reduce((sum, cpu) => sum + cpu, 0)),
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
