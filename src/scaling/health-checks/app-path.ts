import { request } from 'node:http';
import type { CheckTimes, HealthCheck } from './check.ts';
import { dependencyCheck } from './dependency-check.ts';

const SLOW_MS = 1_000;

export interface AppPathOptions extends CheckTimes {
  /** HEALTH_CHECK_PATH. */
  readonly path: string;
  /** Where the app listens, as `ClusterStatus.addresses` tells; the first TCP address is asked. */
  readonly addresses: () => readonly string[];
}

/** Does the app itself say that it is well? Its path has to answer below 500, through the front door like any client's request. */
export function appPathCheck({ path, addresses, ...times }: AppPathOptions): HealthCheck {
  return dependencyCheck({
    ...times,
    name: 'app',
    label: `the app’s ${path}`,
    slowMs: SLOW_MS,
    absence: 'critical',
    ask: (signal) => ask(path, tcpAddress(addresses()), signal),
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

function tcpAddress(addresses: readonly string[]): { readonly host: string; readonly port: number } {
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

function ask(path: string, { host, port }: { readonly host: string; readonly port: number }, signal: AbortSignal) {
  return new Promise<void>((resolve, reject) => {
    const headers = { 'user-agent': 'tidegate-health', connection: 'close' };
    const call = request({ host, port, path, headers, agent: false, signal }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode >= 500) reject(new AppUnwellError(`it answered ${statusCode}`));
      else resolve();
    });
    call.on('error', reject);
    call.end();
  });
}
