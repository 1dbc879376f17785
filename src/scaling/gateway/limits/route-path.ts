/**
 * A target's path in the one form that limits are compared by: servers take `/login`, `//login`, `/./login`, `/%6Cogin` and often
 * `/LOGIN` for one thing, and nobody may get round a limit by spelling. Pure.
 *
 * @param resolves whether `..` takes back the segment before it
 */
export function routePath(target: string, resolves = true): string {
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  // Most are in that form already.
  if (/^(?:\/[a-z0-9_-]+)*\/?$/.test(path)) return path;
  const segments: string[] = [];
  for (const segment of decoded(path).toLowerCase().split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && resolves) segments.pop();
    else segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** `/api` holds `/api` and `/api/users`, not `/apis`; `/` holds everything. Both in the form of `routePath`. */
export function holdsPath(prefix: string, path: string): boolean {
  const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  if (!path.startsWith(bare)) return false;
  return path.length === bare.length || path.charCodeAt(bare.length) === 47;
}

/** Escapes of ASCII alone: others are no part of a path that is written in a configuration as text. */
function decoded(path: string): string {
  return path.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
