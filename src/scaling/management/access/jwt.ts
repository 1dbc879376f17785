/** JSON web tokens of the control API: HS256 by a shared secret, RS256 and ES256 by a public key or a key set. */
import { readFileSync } from 'node:fs';
import { type Config, ROLES, type Role } from '../../../../config/schema.ts';
import { AccessConfigError } from './access-config-error.ts';
import type { Identity } from './identity.ts';

/** RFC 7518, 3.2: a key at least as long as the hash. */
const MIN_SECRET_BYTES = 32;
const MAX_NAME_LENGTH = 64;
const LOOKS_LIKE_JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

export type JwtConfig = Pick<
  Config,
  'jwtAudience' | 'jwtSecret' | 'jwtSecretFile' | 'jwtKeyFile' | 'jwtIssuer' | 'jwtRoleClaim' | 'jwtClockToleranceMs'
>;

type Jose = typeof import('jose');
type Verify = (token: string, nowMs: number) => Promise<Readonly<Record<string, unknown>>>;

/** Each kind of key takes its own algorithms only, so a public key can never be passed off as a shared secret. */
export class JwtVerifier {
  readonly #verifiers: readonly Verify[];
  readonly #roleClaim: string;

  private constructor(verifiers: readonly Verify[], roleClaim: string) {
    this.#verifiers = verifiers;
    this.#roleClaim = roleClaim;
  }

  /**
   * Reads the keys; null when JSON web tokens are not switched on.
   * @throws AccessConfigError for keys that can't be used
   */
  static async load(config: JwtConfig): Promise<JwtVerifier | null> {
    if (config.jwtAudience === '') return null;
    const jose = await import('jose');
    const common = {
      audience: config.jwtAudience,
      ...(config.jwtIssuer === '' ? {} : { issuer: config.jwtIssuer }),
      clockTolerance: config.jwtClockToleranceMs / 1000,
      requiredClaims: ['exp'],
    };
    const verifiers: Verify[] = [];
    const secret = sharedSecret(config);
    if (secret !== null) {
      verifiers.push(async (token, nowMs) => {
        const options = { ...common, algorithms: ['HS256'], currentDate: new Date(nowMs) };
        return (await jose.jwtVerify(token, secret, options)).payload;
      });
    }
    if (config.jwtKeyFile !== '') {
      const key = await publicKey(jose, config.jwtKeyFile);
      verifiers.push(async (token, nowMs) => {
        const options = { ...common, algorithms: ['RS256', 'ES256'], currentDate: new Date(nowMs) };
        return (await jose.jwtVerify(token, key, options)).payload;
      });
    }
    return new JwtVerifier(verifiers, config.jwtRoleClaim);
  }

  /** Whom the token names; undefined for any that is not valid here, now, for us, or names no role. */
  async find(token: string, nowMs: number): Promise<Identity | undefined> {
    if (!LOOKS_LIKE_JWT.test(token)) return undefined;
    for (const verify of this.#verifiers) {
      const claims = await verify(token, nowMs).catch(() => undefined);
      const role = claims === undefined ? undefined : roleOf(claims[this.#roleClaim]);
      // `exp` is there: verification demands it.
      if (role !== undefined) {
        return { who: `jwt ${nameOf(claims?.sub)}`, role, expiresAtMs: Number(claims?.exp) * 1000 };
      }
    }
    return undefined;
  }
}

/** The highest role of a claim that holds one or several. */
function roleOf(claim: unknown): Role | undefined {
  const given = Array.isArray(claim) ? claim : [claim];
  return ROLES.findLast((role) => given.includes(role));
}

/** It goes into logs: one word without control characters, of bounded length. */
function nameOf(subject: unknown): string {
  if (typeof subject !== 'string' || subject === '') return 'without a subject';
  return subject.replace(/[^\x21-\x7e]/g, '_').slice(0, MAX_NAME_LENGTH);
}

function sharedSecret({ jwtSecret, jwtSecretFile }: JwtConfig): Uint8Array | null {
  if (jwtSecret === '' && jwtSecretFile === '') return null;
  const name = jwtSecretFile === '' ? 'JWT_SECRET' : 'JWT_SECRET_FILE';
  const secret = Buffer.from(jwtSecretFile === '' ? jwtSecret : readFile(jwtSecretFile, name).replace(/\r?\n$/, ''));
  if (secret.length >= MIN_SECRET_BYTES) return secret;
  const remedy = 'make one with: openssl rand -base64 48';
  throw new AccessConfigError(`${name} has ${secret.length} bytes, HS256 needs ${MIN_SECRET_BYTES} or more; ${remedy}`);
}

async function publicKey(jose: Jose, file: string): Promise<ReturnType<Jose['createLocalJWKSet']>> {
  const text = readFile(file, 'JWT_KEY_FILE');
  try {
    if (text.trimStart().startsWith('{')) {
      const json = JSON.parse(text) as { keys?: unknown };
      const keys = Array.isArray(json.keys) ? json.keys : [json];
      if (keys.some((key) => key.kty === 'oct' || key.d !== undefined)) {
        throw new TypeError('it holds a secret or private key, and only public ones belong here');
      }
      return jose.createLocalJWKSet({ keys });
    }
    const { createPublicKey } = await import('node:crypto');
    if (text.includes('PRIVATE KEY'))
      throw new TypeError('it holds a private key, and only the public one belongs here');
    const jwk = createPublicKey(text).export({ format: 'jwk' });
    return jose.createLocalJWKSet({ keys: [{ ...jwk, kty: String(jwk.kty) }] });
  } catch (error) {
    const allowed = 'a PEM public key or certificate (RSA, or EC P-256), or a JSON web key set';
    throw new AccessConfigError(`JWT_KEY_FILE can't be used: ${(error as Error).message}; give ${allowed}`, error);
  }
}

function readFile(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AccessConfigError(`${option} can't be read: ${(error as Error).message}`);
  }
}
