/** A secret in a URL ends up in access logs, histories and Referer headers, so it is refused there rather than ignored. */
import { ProblemError } from '../problem.ts';

const SECRETS = new Set(['token', 'access_token', 'authorization', 'apikey', 'api_key', 'jwt', 'password']);

/** @throws ProblemError 400 TOKEN_IN_URL, which does not repeat the value */
export function refuseTokenInUrl(url: string): void {
  const query = url.indexOf('?');
  if (query === -1) return;
  for (const name of new URLSearchParams(url.slice(query + 1)).keys()) {
    if (!SECRETS.has(name.toLowerCase())) continue;
    const detail = `The query must not hold "${name.toLowerCase()}": a URL ends up in logs. Send "Authorization: Bearer <token>", and replace this token`;
    throw new ProblemError(400, 'TOKEN_IN_URL', detail);
  }
}
