import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadResult } from '../load/load.ts';
import { parseWrk } from '../load/wrk.ts';
import { outputOf } from '../running.ts';

const CONNECTIONS = 64;
const WEBSOCKET_CLIENT = fileURLToPath(new URL('../load/websocket-client.js', import.meta.url));

/** What a generator found. */
export interface WorkloadResult extends LoadResult {
  /** The median time of an answer, where it is measured: with one client. */
  readonly p50Micros?: number;
}

/** What is asked of the proxies. */
export interface Workload {
  readonly id: string;
  readonly label: string;
  /** A request of what: `request`, `message`. */
  readonly unit: string;
  /** Not every peer relays everything, or is worth measuring with it. */
  readonly leavesOut?: readonly string[];
  readonly run: (port: number, seconds: number, directory: string) => Promise<WorkloadResult>;
}

interface WrkLoad {
  readonly connections?: number;
  readonly args?: readonly string[];
  readonly target?: string;
  /** What wrk runs, for bodies. */
  readonly script?: string;
}

function byWrk({ connections = CONNECTIONS, args = [], target = '/', script }: WrkLoad): Workload['run'] {
  return async (port, seconds, directory) => {
    const scripted: string[] = [];
    if (script !== undefined) {
      const file = path.join(directory, 'request.lua');
      writeFileSync(file, script);
      scripted.push('-s', file);
    }
    const url = `http://127.0.0.1:${port}${target}`;
    const size = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency'];
    const text = await outputOf(['wrk', ...size, ...args, ...scripted, url]);
    return { ...parseWrk(text), ...(connections === 1 && { p50Micros: p50Of(text) }) };
  };
}

const MICROS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6 };

/** @throws Error without a median in the report */
function p50Of(text: string): number {
  const match = /^\s*50%\s+([\d.]+)(us|ms|s)\s*$/m.exec(text);
  if (match === null) throw new Error(`wrk told no median: ${JSON.stringify(text.slice(0, 200))}`);
  return Number(match[1]) * (MICROS[match[2] as string] as number);
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

/** A byte pipe keeps one upstream connection per client: it closes none, and says nothing of connection-per-request. */
const NO_PIPE = ['pipe'];

export const WORKLOADS: readonly Workload[] = [
  { id: 'keepalive', label: 'keep-alive, 100 B', unit: 'request', run: byWrk({}) },
  {
    id: 'browser',
    label: 'browser-like fields',
    unit: 'request',
    run: byWrk({ args: BROWSER.flatMap((line) => ['-H', line]) }),
  },
  { id: '10k', label: 'body of 10 KB', unit: 'request', run: byWrk({ target: '/10k' }) },
  { id: '1m', label: 'body of 1 MB', unit: 'request', run: byWrk({ target: '/1m' }) },
  {
    id: 'post',
    label: 'POST of 10 KB',
    unit: 'request',
    run: byWrk({ script: `wrk.method = "POST"\nwrk.body = string.rep("x", 10240)\n` }),
  },
  {
    id: 'close',
    label: 'a connection each',
    unit: 'request',
    leavesOut: NO_PIPE,
    run: byWrk({ args: ['-H', 'Connection: close'] }),
  },
  { id: 'idle', label: 'one client alone', unit: 'request', run: byWrk({ connections: 1 }) },
  {
    id: 'ws',
    label: 'WebSocket echo, relayed',
    unit: 'message',
    leavesOut: ['undici', '@fastify/http-proxy'],
    run: async (port, seconds) => {
      const args = [String(port), String(CONNECTIONS), String(seconds)];
      return JSON.parse(await outputOf([process.execPath, WEBSOCKET_CLIENT, ...args])) as LoadResult;
    },
  },
];
