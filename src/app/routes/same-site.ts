/** Keeps other sites' pages from acting with our users' cookies. */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { CrossSiteError } from '../errors.ts';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses requests that may change something, unless they come from this site's own pages or from no page at all. */
export const sameSiteOnly: RequestHandler = (request, _response, next) => {
  if (!SAFE_METHODS.has(request.method) && !isSameSite(request)) throw new CrossSiteError();
  next();
};

/**
 * Browsers say in Sec-Fetch-Site where a request comes from (`none`: the address bar), and no page can forge it. Older ones send Origin
 * at least; what sends neither is no browser, and has no cookies but its own.
 */
export function isSameSite({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
