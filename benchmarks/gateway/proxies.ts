import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '../pinning.ts';
import { outputOf } from '../running.ts';

/** Peers are no dependencies: they are installed here when they are wanted, once. */
const CACHE = path.join(tmpdir(), 'tidegate-bench-gateway-peers');
const PACKAGES = ['http-proxy@1', 'http-proxy-3', 'httpxy', 'undici@7', 'fastify@5', '@fastify/http-proxy'];

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
  return {
    id,
    label,
    command: (port, sockets, directory) => {
      const profiling =
        id === 'tidegate' && process.env.BENCH_PROFILE === '1' ? ['--cpu-prof', `--cpu-prof-dir=${directory}`] : [];
      return [process.execPath, ...profiling, program, id, String(port), ...sockets];
    },
  };
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

const nginx: HttpProxy = {
  id: 'nginx',
  label: 'nginx (unix)',
  command: (port, sockets, directory) => {
    const file = path.join(directory, 'nginx.conf');
    const servers = sockets.map((socket) => `    server unix:${socket};`).join('\n');
    writeFileSync(
      file,
      `${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  keepalive_requests 100000000;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream workers {
    least_conn;
${servers}
    keepalive 64;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://workers;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`,
    );
    return ['nginx', '-p', directory, '-c', file];
  },
};

/** Programs that are measured if they are installed, and what they are asked to find out. */
const PROGRAMS: readonly { readonly proxy: HttpProxy; readonly version: Command }[] = [
  { proxy: haproxy, version: ['haproxy', '-v'] },
  { proxy: nginx, version: ['nginx', '-v'] },
];

/** Ours, HAProxy if it is installed, and the npm peers that can be had; the reasons for those that can't. */
export async function obtainProxies(
  wanted: readonly string[] | undefined,
): Promise<{ proxies: HttpProxy[]; missing: string[] }> {
  const all = [
    nodeProxy('tidegate', 'Tidegate'),
    haproxy,
    nginx,
    nodeProxy('pipe', 'byte pipe (floor)'),
    nodeProxy('undici', 'undici dispatch'),
    nodeProxy('@fastify/http-proxy', '@fastify/http-proxy'),
    nodeProxy('http-proxy', 'http-proxy'),
    nodeProxy('http-proxy-3', 'http-proxy-3'),
    nodeProxy('httpxy', 'httpxy'),
  ].filter(({ id }) => wanted === undefined || wanted.includes(id));
  const missing: string[] = [];
  const packages = all.filter(({ id }) => !isOurs(id) && !PROGRAMS.some(({ proxy }) => proxy.id === id));
  if (packages.some(({ id }) => !existsSync(path.join(CACHE, 'node_modules', id)))) {
    mkdirSync(CACHE, { recursive: true });
    await outputOf(['npm', 'install', ...PACKAGES, '--no-save', '--no-audit', '--no-fund', '--prefix', CACHE]).catch(
      (error: Error) => {
        missing.push(`npm peers: ${error.message.slice(0, 200)}`);
      },
    );
  }
  const proxies: HttpProxy[] = [];
  for (const proxy of all) {
    const program = PROGRAMS.find((candidate) => candidate.proxy === proxy);
    if (program !== undefined) {
      const installed = await outputOf(program.version).then(
        () => true,
        () => false,
      );
      if (installed) proxies.push(proxy);
      else missing.push(`${proxy.id} is not installed`);
    } else if (isOurs(proxy.id) || existsSync(path.join(CACHE, 'node_modules', proxy.id))) proxies.push(proxy);
    else missing.push(`${proxy.id} could not be installed`);
  }
  return { proxies, missing };
}

function isOurs(id: string): boolean {
  return id === 'tidegate' || id === 'pipe';
}

/** A peer's module. */
export function peer(name: string): unknown {
  return createRequire(path.join(CACHE, 'package.json'))(name);
}
