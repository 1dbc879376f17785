/** The tokens of MANAGEMENT_TOKENS and MANAGEMENT_TOKENS_FILE. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Config, ROLES, type Role } from '../../../../config/schema.ts';
import { AccessConfigError } from './access-config-error.ts';
import type { Identity } from './identity.ts';

const ENTRY = new RegExp(`^(${ROLES.join('|')}):([^\\s,]{16,})$`);

interface KnownToken {
  readonly role: Role;
  readonly digest: Buffer;
}

/** Kept as digests. */
export class StaticTokens {
  readonly #known: readonly KnownToken[];

  /** @param entries `role:token`, as in MANAGEMENT_TOKENS */
  constructor(entries: readonly string[]) {
    this.#known = entries.map((entry) => {
      const { role, token } = parsed(entry);
      return { role, digest: digestOf(token) };
    });
  }

  get isEmpty(): boolean {
    return this.#known.length === 0;
  }

  find(token: string): Identity | undefined {
    const digest = digestOf(token);
    // Every token is compared, and digests rather than tokens, so that time tells neither which one nor how much of it matched.
    const [match] = this.#known.filter((known) => timingSafeEqual(known.digest, digest));
    if (match === undefined) return undefined;
    return { who: `token ${digest.toString('hex').slice(0, 8)}`, role: match.role, expiresAtMs: null };
  }
}

/**
 * The entries of a file: `role:token` a line; empty lines and lines that begin with # are left out.
 * @throws AccessConfigError that names the line, never what it holds
 */
function readTokensFile(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AccessConfigError(`MANAGEMENT_TOKENS_FILE can't be read: ${(error as Error).message}`);
  }
  return text.split('\n').flatMap((line, index) => {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) return [];
    if (ENTRY.test(entry)) return [entry];
    const allowed = `${ROLES.join(', ')} followed by : and a token of 16 characters or more`;
    throw new AccessConfigError(`MANAGEMENT_TOKENS_FILE: line ${index + 1} is not allowed; give ${allowed}`);
  });
}

/**
 * All entries that are configured.
 * @throws AccessConfigError
 */
export function configuredTokens(config: Pick<Config, 'managementTokens' | 'managementTokensFile'>): readonly string[] {
  const fromFile = config.managementTokensFile === '' ? [] : readTokensFile(config.managementTokensFile);
  return [...config.managementTokens, ...fromFile];
}

/**
 * The first token that is configured, for a process that asks others with the same configuration; empty: none is.
 * @throws AccessConfigError
 */
export function firstToken(config: Pick<Config, 'managementTokens' | 'managementTokensFile'>): string {
  const [first] = configuredTokens(config);
  return first === undefined ? '' : parsed(first).token;
}

/** A token may have colons of its own. */
function parsed(entry: string): { readonly role: Role; readonly token: string } {
  const colon = entry.indexOf(':');
  return { role: entry.slice(0, colon) as Role, token: entry.slice(colon + 1) };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
