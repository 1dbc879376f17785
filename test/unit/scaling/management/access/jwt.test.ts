import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SignJWT, UnsecuredJWT } from 'jose';
import { type JwtConfig, JwtVerifier } from '../../../../../src/scaling/management/access/jwt.ts';

const NOW_MS = 1_700_000_000_000;
const NOW_S = NOW_MS / 1000;
const SECRET = 's'.repeat(32);

const config = (overrides: Partial<JwtConfig> = {}): JwtConfig => ({
  jwtAudience: 'tidegate',
  jwtSecret: SECRET,
  jwtSecretFile: '',
  jwtKeyFile: '',
  jwtIssuer: '',
  jwtRoleClaim: 'role',
  jwtClockToleranceMs: 5_000,
  ...overrides,
});

const claims = { sub: 'ann', role: 'operator', aud: 'tidegate', exp: NOW_S + 60 };

function signed(payload: object, key: Uint8Array | KeyObject = Buffer.from(SECRET), alg = 'HS256'): Promise<string> {
  return new SignJWT({ ...payload }).setProtectedHeader({ alg }).sign(key);
}

describe('JSON web tokens', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-jwt-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const find = async (token: string, overrides: Partial<JwtConfig> = {}, nowMs = NOW_MS) =>
    (await JwtVerifier.load(config(overrides)))?.find(token, nowMs);

  it('are off without an audience', async () => {
    expect(await JwtVerifier.load(config({ jwtAudience: '' }))).to.equal(null);
  });

  it('name subject, role and end', async () => {
    expect(await find(await signed(claims))).to.deep.equal({
      who: 'jwt ann',
      role: 'operator',
      expiresAtMs: NOW_MS + 60_000,
    });
  });

  for (const [what, payload] of Object.entries({
    'for another audience': { ...claims, aud: 'shop' },
    'for no audience': { ...claims, aud: undefined },
    'that has ended': { ...claims, exp: NOW_S - 6 },
    'without an end': { ...claims, exp: undefined },
    'that is not valid yet': { ...claims, nbf: NOW_S + 6 },
    'without a role': { ...claims, role: undefined },
    'with a role of another product': { ...claims, role: 'root' },
    'of another issuer': { ...claims, iss: 'evil' },
  })) {
    it(`${what} are refused`, async () => {
      const issuer = what.includes('issuer') ? { jwtIssuer: 'sso' } : {};
      expect(await find(await signed(payload), issuer)).to.equal(undefined);
    });
  }

  it('are taken within the tolerance of the clocks', async () => {
    expect(await find(await signed({ ...claims, exp: NOW_S - 4 }))).to.include({ role: 'operator' });
    expect(await find(await signed({ ...claims, nbf: NOW_S + 4 }))).to.include({ role: 'operator' });
  });

  it('take the highest of several roles, from the claim that is configured', async () => {
    const token = await signed({ ...claims, role: 'viewer', 'https://x.example/groups': ['dev', 'viewer', 'admin'] });
    expect(await find(token, { jwtRoleClaim: 'https://x.example/groups' })).to.include({ role: 'admin' });
  });

  it('without a signature, or with another secret, are refused', async () => {
    expect(await find(new UnsecuredJWT({ ...claims }).encode())).to.equal(undefined);
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await signed(claims)).split('.')[1]}.`;
    expect(await find(none)).to.equal(undefined);
    expect(await find(await signed(claims, Buffer.from('t'.repeat(32))))).to.equal(undefined);
    expect(await find(await signed(claims, Buffer.from('s'.repeat(64)), 'HS512'))).to.equal(undefined);
  });

  it('keep line breaks of a subject out of the log', async () => {
    const token = await signed({ ...claims, sub: `a\nb\u001b[31m\u2028${'x'.repeat(100)}` });
    const { who } = (await find(token)) as { who: string };
    expect(who).to.match(/^jwt a_b_\[31m_x+$/);
    expect(who.length).to.equal(68);
  });

  for (const [alg, keys] of [
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ] as const) {
    const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();

    it(`by ${alg} are checked by a public key in PEM, or by a key set`, async () => {
      const token = await signed(claims, keys.privateKey, alg);
      const set = JSON.stringify({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: '1' }] });
      for (const jwtKeyFile of [file('key.pem', pem), file('keys.json', set)]) {
        expect(await find(token, { jwtSecret: '', jwtKeyFile }), jwtKeyFile).to.include({ role: 'operator' });
      }
      const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
      const otherFile = file('other.pem', other.export({ type: 'spki', format: 'pem' }).toString());
      expect(await find(token, { jwtSecret: '', jwtKeyFile: otherFile })).to.equal(undefined);
    });

    it(`can't pass the public key of ${alg} off as a shared secret`, async () => {
      const forged = await signed(claims, Buffer.from(pem), 'HS256');
      expect(await find(forged, { jwtSecret: '', jwtKeyFile: file('key.pem', pem) })).to.equal(undefined);
    });

    it(`refuse to begin with the private key of ${alg}`, async () => {
      const secretPem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const jwk = JSON.stringify(keys.privateKey.export({ format: 'jwk' }));
      for (const jwtKeyFile of [file('key.pem', secretPem), file('key.json', jwk)]) {
        const error = await find('a.b.c', { jwtSecret: '', jwtKeyFile }).catch((thrown: Error) => thrown);
        expect(error, jwtKeyFile).to.include({ code: 'ACCESS_CONFIG' });
        expect((error as Error).message).to.include('only');
      }
    });
  }

  it('take their secret from a file, whose last line break is not part of it', async () => {
    const jwtSecretFile = file('secret', `${SECRET}\n`);
    expect(await find(await signed(claims), { jwtSecret: '', jwtSecretFile })).to.include({ role: 'operator' });
  });

  it('refuse to begin with a short secret, without showing it, and with a file that is not there', async () => {
    const short = await find('a.b.c', { jwtSecret: 'hunter2' }).catch((thrown: Error) => thrown);
    expect((short as Error).message)
      .to.match(/^JWT_SECRET has 7 bytes, HS256 needs 32 or more; make one with: /)
      .and.not.include('hunter2');
    const missing = await find('a.b.c', { jwtSecret: '', jwtKeyFile: join(directory, 'no') }).catch((e: Error) => e);
    expect(missing).to.include({ code: 'ACCESS_CONFIG' });
  });
});
