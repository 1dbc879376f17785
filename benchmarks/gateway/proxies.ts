import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '../pinning.ts';
import { outputOf } from '../running.ts';

/** Peers are no dependencies: they are installed here when they are wanted, once. */
const CACHE = path.join(tmpdir(), 'tidegate-bench-gateway-peers');
const PACKAGES = ['http-proxy@1', 'http-proxy-3', 'httpxy', 'undici@7'];

/** A proxy to be measured. */
export interface HttpProxy {
  readonly id: string;
  readonly label: string;
  /** How it is started in front of the sockets, at `port`; `directory` is its own. */
  readonly command: (port: number, sockets: readonly string[], directory: string) => Command;
}

/** Node proxies: `proxy-process.js <kind> <port> <sockets…>`. */
function nodeProxy(id: string, label: string): HttpProxy {
  const program = fileURLToPath(new URL('./proxy-process.js', import.meta.url));
  return { id, label, command: (port, sockets) => [process.execPath, program, id, String(port), ...sockets] };
}

const haproxy: HttpProxy = {
  id: 'haproxy',
  label: 'HAProxy (unix)',
  command: (port, sockets, directory) => {
    const file = path.join(directory, 'haproxy.cfg');
    const servers = sockets.map((socket, index) => `  server w${index} unix@${socket}`).join('\n');
    writeFileSync(
      file,
      `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  balance leastconn
${servers}
`,
    );
    return ['haproxy', '-db', '-f', file];
  },
};

/** Ours, HAProxy if it is installed, and the npm peers that can be had; the reasons for those that can't. */
export async function obtainProxies(
  wanted: readonly string[] | undefined,
): Promise<{ proxies: HttpProxy[]; missing: string[] }> {
  const all = [
    nodeProxy('tidegate', 'Tidegate'),
    haproxy,
    nodeProxy('http-proxy', 'http-proxy'),
    nodeProxy('http-proxy-3', 'http-proxy-3'),
    nodeProxy('httpxy', 'httpxy'),
    nodeProxy('undici', 'undici dispatch'),
  ].filter(({ id }) => wanted === undefined || wanted.includes(id));
  const missing: string[] = [];
  const packages = all.filter(({ id }) => id !== 'tidegate' && id !== 'haproxy');
  if (packages.length > 0 && !existsSync(path.join(CACHE, 'node_modules/undici'))) {
    mkdirSync(CACHE, { recursive: true });
    await outputOf(['npm', 'install', ...PACKAGES, '--no-save', '--no-audit', '--no-fund', '--prefix', CACHE]).catch(
      (error: Error) => {
        missing.push(`npm peers: ${error.message.slice(0, 200)}`);
      },
    );
  }
  const proxies: HttpProxy[] = [];
  for (const proxy of all) {
    if (proxy.id === 'haproxy') {
      const version = await outputOf(['haproxy', '-v']).catch(() => '');
      if (version === '') missing.push('haproxy is not installed');
      else proxies.push(proxy);
    } else if (proxy.id === 'tidegate' || existsSync(path.join(CACHE, 'node_modules', proxy.id))) proxies.push(proxy);
    else missing.push(`${proxy.id} could not be installed`);
  }
  return { proxies, missing };
}

/** A peer's module. */
export function peer(name: string): unknown {
  return createRequire(path.join(CACHE, 'package.json'))(name);
}
