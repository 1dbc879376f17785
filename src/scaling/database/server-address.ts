/** Which server, and how it is named without giving a secret away. */
import type { ClientConfig } from 'pg';

export interface ServerAddress {
  /** `host:port/name`, for messages. */
  readonly label: string;
  readonly client: ClientConfig;
}

export interface ServerParts {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

export const URL_ALLOWED =
  'postgres://user:password@host:port/name (percent-encode special characters in user and password)';

/** What is wrong with it, without any of it that may be secret; undefined: nothing. */
export function urlProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'is no URL';
  }
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'postgres' && scheme !== 'postgresql') return `has the scheme ${JSON.stringify(scheme)}`;
  if (url.pathname.length < 2) return 'names no database';
  if (url.hostname === '' && !url.searchParams.get('host')) return 'names no host';
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
  } catch {
    return 'has a % that encodes nothing';
  }
  return undefined;
}

/** A server by its URL; options of the driver such as `?sslmode=verify-full` are passed on. Check it with `urlProblem` first. */
export function addressOfUrl(text: string): ServerAddress {
  const url = new URL(text);
  const host = url.searchParams.get('host') ?? url.hostname;
  const label = `${host}:${url.port || 5432}${decodeURIComponent(url.pathname)}`;
  return { label, client: { connectionString: text } };
}

export function addressOfParts({ host, port, name, user, password }: ServerParts): ServerAddress {
  return { label: `${host}:${port}/${name}`, client: { host, port, database: name, user, password } };
}
