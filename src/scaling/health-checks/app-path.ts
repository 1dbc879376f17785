import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CheckTimes, HealthCheck } from './check.ts';
import { dependencyCheck } from './dependency-check.ts';

const SLOW_MS = 1_000;

export interface AppPathOptions extends CheckTimes {
  /** HEALTH_CHECK_PATH. */
  readonly path: string;
  /** Where the app listens, as `ClusterStatus.addresses` tells; the first TCP address is asked. */
  readonly addresses: () => readonly string[];
  /** The front door speaks TLS. */
  readonly secure?: boolean;
  /** Whether the front door expects a PROXY protocol header from this address. */
  readonly isProxy?: (address: string) => boolean;
}

/** Does the app itself say that it is well? Its path has to answer below 500, through the front door like any client's request. */
export function appPathCheck(options: AppPathOptions): HealthCheck {
  const { path, addresses, secure = false, isProxy = () => false, ...times } = options;
  return dependencyCheck({
    ...times,
    name: 'app',
    label: `the app’s ${path}`,
    slowMs: SLOW_MS,
    absence: 'critical',
    ask: async (signal) => {
      const address = tcpAddress(addresses());
      const socket = await connected(address, isProxy, signal);
      await ask({ path, ...address, signal, timeoutMs: times.timeoutMs, socket: secure ? withTls(socket) : socket });
    },
  });
}

class AppUnwellError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = 'AppUnwellError';
    this.code = code;
  }
}

function tcpAddress(addresses: readonly string[]): Address {
  for (const address of addresses) {
    const match = /^(.+):(\d+)$/.exec(address);
    if (match === null) continue;
    const host = (match[1] as string).replace(/^\[|\]$/g, '');
    // To listen on every address is not an address to connect to.
    const anyHost = host === '0.0.0.0' || host === '*' || host === '';
    return { host: anyHost ? '127.0.0.1' : host === '::' ? '::1' : host, port: Number(match[2]) };
  }
  throw new AppUnwellError('the app listens on no TCP port');
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A connection on which HTTP, or TLS, may begin. */
async function connected({ host, port }: Address, isProxy: (address: string) => boolean, signal: AbortSignal) {
  const socket = connect(port, host);
  // Whoever uses it hears of errors; those that come in between must not end the process.
  socket.on('error', () => {});
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  // A proxy's own question, on behalf of nobody.
  if (isProxy(socket.localAddress ?? '')) socket.write('PROXY UNKNOWN\r\n');
  return socket;
}

/** The certificate is for the names of clients, and is not what is asked for here. */
function withTls(socket: Socket): Socket {
  return connectTls({ socket, rejectUnauthorized: false });
}

interface Question extends Address {
  readonly path: string;
  readonly socket: Socket;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

function ask({ path, host, port, socket, signal, timeoutMs }: Question): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'tidegate-health', connection: 'close' };
    const call = request({ host, port, path, headers, signal, createConnection: () => socket }, (response) => {
      response.resume();
      // Its head is the answer; a body that never ends (an event stream) must not keep a connection for each question.
      const rest = setTimeout(() => call.destroy(), timeoutMs).unref();
      response.once('close', () => clearTimeout(rest));
      const { statusCode = 0 } = response;
      if (statusCode >= 500) reject(new AppUnwellError(`it answered ${statusCode}`));
      else resolve();
    });
    call.on('error', reject);
    call.end();
  });
}
