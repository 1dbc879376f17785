/**
 * Keeps web pages from driving somebody's cluster through their browser: the Host check defeats DNS rebinding,
 * the Origin and Sec-Fetch-Site checks defeat cross-site requests.
 */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from './problem.ts';

export interface WebGuardOptions {
  /** The address the listener was configured with (MANAGEMENT_HOST). */
  readonly host: string;
  /** Whether the listener speaks TLS. */
  readonly secure?: boolean;
  /** MANAGEMENT_ALLOWED_HOSTS: `name` (any port, for a proxy or a port mapping in front) or `name:port`. */
  readonly allowedHosts: readonly string[];
  /** ALLOWED_ORIGINS. */
  readonly allowedOrigins: readonly string[];
}

/** One per TCP listener. */
export class WebGuard {
  readonly #names: ReadonlySet<string>;
  readonly #defaultPort: number;
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #allowedOrigins: ReadonlySet<string>;

  constructor(options: WebGuardOptions) {
    this.#defaultPort = options.secure === true ? 443 : 80;
    this.#names = new Set(['127.0.0.1', '[::1]', 'localhost', bracketed(options.host.toLowerCase())]);
    this.#allowedHosts = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
    this.#allowedOrigins = new Set(options.allowedOrigins.map((origin) => origin.toLowerCase()));
  }

  /**
   * Checks Host, Origin and Sec-Fetch-Site.
   * @returns the origin to name in CORS headers: a configured one, or undefined
   * @throws ProblemError 421 HOST_NOT_ALLOWED, 403 ORIGIN_NOT_ALLOWED
   */
  check(request: IncomingMessage): string | undefined {
    const host = (request.headers.host ?? '').toLowerCase();
    if (!this.#isOurHost(host, request)) {
      const detail = `Host ${JSON.stringify(host)} is not a name of this server; MANAGEMENT_ALLOWED_HOSTS adds names`;
      throw new ProblemError(421, 'HOST_NOT_ALLOWED', detail);
    }
    const origin = request.headers.origin?.toLowerCase();
    if (origin !== undefined) {
      if (this.#allowedOrigins.has(origin)) return origin;
      if (!isSameOrigin(origin, host)) throw originRefused(`Origin ${JSON.stringify(origin)}`);
    } else if (isCrossSite(request)) {
      throw originRefused('A request from another site');
    }
    return undefined;
  }

  #isOurHost(host: string, request: IncomingMessage): boolean {
    const { name, port } = splitHost(host, this.#defaultPort);
    if (this.#allowedHosts.has(host) || this.#allowedHosts.has(name)) return true;
    const { localPort, localAddress } = request.socket;
    if (port !== localPort) return false;
    // The address the connection came to: a rebound name is never an address, and scrapers go by address.
    return this.#names.has(name) || name === bracketed((localAddress ?? '').replace(/^::ffff:/, ''));
  }
}

function originRefused(what: string): ProblemError {
  return new ProblemError(
    403,
    'ORIGIN_NOT_ALLOWED',
    `${what} may not call the control API; ALLOWED_ORIGINS adds origins`,
  );
}

function isSameOrigin(origin: string, host: string): boolean {
  // The scheme may be https when a proxy terminates TLS before us; it passes the Host it was called by.
  const match = /^https?:\/\/([^/]+)$/.exec(origin);
  return match?.[1] === host;
}

/** Browsers send Sec-Fetch-Site even where they send no Origin (images, forms with GET). Following a link to a page is harmless. */
function isCrossSite(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const follows = request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document';
  return !(reads && follows);
}

function splitHost(host: string, defaultPort: number): { readonly name: string; readonly port: number } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host);
  return { name: match?.[1] ?? '', port: match?.[2] === undefined ? defaultPort : Number(match[2]) };
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
