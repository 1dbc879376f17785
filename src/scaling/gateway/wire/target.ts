import { isHost } from './octets.ts';
import { WireError } from './wire-error.ts';

export interface OriginTarget {
  readonly target: string;
  /** Of an absolute target: takes the place of the Host field (RFC 9112, 3.2.2). */
  readonly authority: string | undefined;
}

const SLASH = 47;

/**
 * The target in the form it is passed on in.
 * @throws WireError BAD_TARGET for authority-form, other schemes than http(s), and `*` with another method than OPTIONS
 */
export function originTarget(method: string, target: string): OriginTarget {
  if (target.charCodeAt(0) === SLASH) return { target, authority: undefined };
  if (target === '*') {
    if (method === 'OPTIONS') return { target, authority: undefined };
    throw new WireError('BAD_TARGET', 'the target * with another method than OPTIONS');
  }
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(target);
  if (absolute === null) throw new WireError('BAD_TARGET', 'the target is neither a path nor an http(s) URL');
  const authority = hostOf(absolute[1] as string);
  if (authority === '') throw new WireError('BAD_TARGET', 'an absolute target without a host');
  const path = absolute[2] as string;
  if (path === '' && method === 'OPTIONS') return { target: '*', authority };
  return { target: path.startsWith('/') ? path : `/${path}`, authority };
}

/**
 * A host with or without a port, as a Host field may hold it ('' is allowed there).
 * @throws WireError BAD_HOST for anything else, user information and lists among it
 */
export function hostOf(value: string): string {
  for (let index = 0; index < value.length; index++) {
    if (!isHost(value.charCodeAt(index))) throw new WireError('BAD_HOST', 'a Host that is none');
  }
  if (value === '') return value;
  if (!/^(?:\[[0-9a-fA-F:.]+\]|[^:[\],]+)(?::\d{0,5})?$/.test(value))
    throw new WireError('BAD_HOST', 'a Host that is none');
  return value;
}
