/** The cookie that carries a session. Cookies are shared by all ports of a host, so its name holds the port. */
import type { IncomingMessage } from 'node:http';

/** Longer than any id of ours: what is longer is not looked up. */
const MAX_ID_LENGTH = 128;

/** `__Host-` makes browsers insist on Secure and refuse it from anybody but this host. */
function nameOf(port: number, secure: boolean): string {
  return `${secure ? '__Host-' : ''}tidegate-${port}`;
}

function placeOf(request: IncomingMessage): { readonly port: number; readonly secure: boolean } {
  return { port: request.socket.localPort ?? 0, secure: 'encrypted' in request.socket };
}

/** The session id that a request brings. Of several cookies of the name the first counts, as browsers send the most specific first. */
export function sessionIdOf(request: IncomingMessage): string | undefined {
  const { port, secure } = placeOf(request);
  const name = nameOf(port, secure);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    const id = pair.slice(equals + 1).trim();
    return id.length > 0 && id.length <= MAX_ID_LENGTH ? id : undefined;
  }
  return undefined;
}

/** The value of Set-Cookie. @param id `''` takes the cookie away */
export function sessionCookie(request: IncomingMessage, id: string, lifetimeMs: number): string {
  const { port, secure } = placeOf(request);
  const seconds = id === '' ? 0 : Math.floor(lifetimeMs / 1000);
  const parts = [`${nameOf(port, secure)}=${id}`, 'Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict'];
  return [...parts, ...(secure ? ['Secure'] : [])].join('; ');
}
