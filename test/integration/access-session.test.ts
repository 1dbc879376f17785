/** The dashboard's login, TLS, and attempts to get around them, over real connections. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PeerCertificate, connect as secureConnect } from 'node:tls';
import { expect } from 'chai';
import type { Config } from '../../config/schema.ts';
import { AuditFile } from '../../src/scaling/management/audit-file.ts';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { type Exchange, type Reply, send, sendRaw, type Target } from '../helpers/management-client.ts';
import { MemoryServices, STARTED_AT_MS } from '../helpers/management-services.ts';
import { fixture } from '../helpers/runtime.ts';

const OPERATOR = 'operator-token-0123456789';
const managementTokens = [`operator:${OPERATOR}`];
const tls = { managementTlsCertFile: fixture('tls/cert.pem'), managementTlsKeyFile: fixture('tls/key.pem') };
const ca = readFileSync(fixture('tls/cert.pem'), 'utf8');
const pin = { method: 'POST', body: { instances: 3 } };
const outcome = ({ status, json }: Reply): object => ({ status, code: json?.code });

describe('the access to the control port', () => {
  let directory: string;
  let services: MemoryServices;
  let server: ScalingServer;
  let nowMs: number;
  const faults: string[] = [];

  async function listen(overrides: Partial<Config> = {}): Promise<Target & { readonly port: number }> {
    services = new MemoryServices({ managementTokens, ...overrides });
    server = new ScalingServer(services, {
      nowMs: () => nowMs,
      heartbeatMs: 20,
      onError: (error, what) => faults.push(`${what}: ${(error as Error).message}`),
    });
    const { port } = await server.listenTcp('127.0.0.1', 0);
    return overrides.managementTlsCertFile === undefined ? { port } : { port, ca };
  }

  beforeEach(() => {
    nowMs = STARTED_AT_MS;
    faults.length = 0;
    directory = mkdtempSync(join(tmpdir(), 'tidegate-session-'));
  });
  afterEach(async () => {
    await server?.close(1_000);
    rmSync(directory, { recursive: true });
  });

  async function login(target: Target): Promise<{ cookie: string; header: string; body: Reply['json'] }> {
    const reply = await send(target, '/login', { method: 'POST', body: { token: OPERATOR } });
    expect(reply.status).to.equal(200);
    const header = String(reply.headers['set-cookie']?.[0]);
    return { header, cookie: header.split(';')[0] as string, body: reply.json };
  }

  describe('by a session', () => {
    it('begins with a token, shows who one is, changes with the CSRF token, and ends with the logout', async () => {
      const target = await listen();
      const { cookie, header, body } = await login(target);
      expect(header).to.match(/; HttpOnly; SameSite=Strict$/);
      const name = `token ${createHash('sha256').update(OPERATOR).digest('hex').slice(0, 8)}`;
      expect(body).to.deep.equal({
        role: 'operator',
        name,
        csrfToken: body.csrfToken,
        expiresAtMs: nowMs + 8 * 3_600_000,
      });
      expect(header + JSON.stringify(body)).to.not.include(OPERATOR);
      expect((await send(target, '/session', { headers: { cookie } })).json).to.deep.equal(body);
      const bare: Exchange = { ...pin, headers: { cookie } };
      expect(await send(target, '/scaling/manual', bare).then(outcome)).to.deep.equal({
        status: 403,
        code: 'CSRF_TOKEN_INVALID',
      });
      const proven = { cookie, 'x-csrf-token': body.csrfToken };
      expect((await send(target, '/scaling/manual', { ...pin, headers: proven })).status).to.equal(202);
      const logout = await send(target, '/logout', { method: 'POST', headers: proven });
      expect(logout.json).to.deep.equal({ ended: true });
      expect(logout.headers['set-cookie']?.[0]).to.include('Max-Age=0');
      expect((await send(target, '/session', { headers: { cookie } })).status).to.equal(401);
      const actions = services.auditEntries.map(({ action, who }) => `${action} by ${who}`);
      expect(actions).to.deep.equal(
        ['session.login', 'scaling.manual', 'session.logout'].map((act) => `${act} by ${name}`),
      );
    });

    it('takes its event streams along when it ends', async () => {
      const target = await listen();
      const { cookie, body } = await login(target);
      const headers = { cookie };
      const response = await fetch(`http://127.0.0.1:${target.port}/events`, { headers });
      expect(response.status).to.equal(200);
      const read = response.text();
      const proven = { cookie, 'x-csrf-token': body.csrfToken };
      await send(target, '/logout', { method: 'POST', headers: proven });
      expect(await read).to.match(/^retry: \d+\n/);
      expect((await fetch(`http://127.0.0.1:${target.port}/events`, { headers })).status).to.equal(401);
    });

    it('is not needed on a loopback without tokens, and the page is told so', async () => {
      const target = await listen({ managementTokens: [] });
      expect((await send(target, '/session')).json).to.deep.equal({
        role: 'admin',
        name: 'loopback',
        csrfToken: null,
        expiresAtMs: null,
      });
      const reply = await send(target, '/login', { method: 'POST', body: { token: OPERATOR } });
      expect(outcome(reply)).to.deep.equal({ status: 409, code: 'LOGIN_NOT_NEEDED' });
    });

    it('is not begun by a form or a page of another site', async () => {
      const target = await listen();
      const form = {
        method: 'POST',
        body: `token=${OPERATOR}`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      };
      expect(await send(target, '/login', form).then(outcome)).to.include({ status: 415 });
      const elsewhere = { method: 'POST', body: { token: OPERATOR }, headers: { Origin: 'http://evil.example' } };
      expect(await send(target, '/login', elsewhere).then(outcome)).to.include({ code: 'ORIGIN_NOT_ALLOWED' });
    });

    it('must wait after too many wrong tokens, and is told how long; who is in already stays in', async () => {
      const target = await listen({ managementLoginAttempts: 2 });
      const { cookie } = await login(target);
      const guess = (token: string) => send(target, '/login', { method: 'POST', body: { token } });
      expect([(await guess('wrong-1')).status, (await guess('wrong-2')).status]).to.deep.equal([401, 401]);
      const refused = await guess(OPERATOR);
      expect(outcome(refused)).to.deep.equal({ status: 429, code: 'TOO_MANY_ATTEMPTS' });
      expect(refused.headers['retry-after']).to.equal('300');
      expect((await send(target, '/session', { headers: { cookie } })).status).to.equal(200);
      nowMs += 300_000;
      expect((await guess(OPERATOR)).status).to.equal(200);
    });
  });

  describe('by a token in the URL', () => {
    it('is refused wherever it is sent, without an echo of it', async () => {
      const target = await listen();
      for (const path of ['/cluster/status', '/health', '/', '/logs', '/nothing']) {
        for (const name of ['token', 'access_token', 'TOKEN', 'api_key', 'jwt']) {
          const reply = await send(target, `${path}?lines=5&${name}=${OPERATOR}`);
          expect(outcome(reply), path).to.deep.equal({ status: 400, code: 'TOKEN_IN_URL' });
          expect(reply.text).to.not.include(OPERATOR);
        }
      }
    });
  });

  describe('over TLS', () => {
    it('marks the cookie as secure and the host’s own, and checks the Host as without', async () => {
      const target = await listen(tls);
      const { header, cookie } = await login(target);
      expect(header).to.match(new RegExp(`^__Host-tidegate-${target.port}=.+; Path=/; .*; Secure$`));
      expect((await send(target, '/session', { headers: { cookie } })).status).to.equal(200);
      const rebound = { headers: { cookie, Host: `evil.example:${target.port}` } };
      expect(await send(target, '/session', rebound).then(outcome)).to.include({ code: 'HOST_NOT_ALLOWED' });
    });

    it('speaks nothing else on that port', async () => {
      const { port } = await listen(tls);
      expect(await sendRaw(port, `GET /health HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)).to.not.include(
        'HTTP/1.1 200',
      );
      const reply = await send({ port, ca }, '/health').catch((error: Error) => error);
      expect(reply).to.include({ status: 200 });
    });

    it('is not trusted by a client that does not know the certificate', async () => {
      const { port } = await listen(tls);
      const error = await send({ port, ca: '' }, '/health').catch((thrown: NodeJS.ErrnoException) => thrown);
      expect(error)
        .to.have.property('code')
        .that.matches(/SELF_SIGNED|UNABLE_TO/);
    });

    it('closes in time although a handshake is left half done', async () => {
      const { port } = await listen(tls);
      const silent = connect(port, '127.0.0.1');
      const closed = new Promise((resolve) => silent.on('error', () => {}).once('close', resolve));
      await new Promise((resolve) => silent.once('connect', resolve));
      expect((await send({ port, ca }, '/health')).status).to.equal(200);
      await server.close(60_000);
      await closed;
    });

    it('takes up a renewed certificate, and keeps the old one while the new can’t be used', async () => {
      const files = {
        managementTlsCertFile: join(directory, 'cert.pem'),
        managementTlsKeyFile: join(directory, 'key.pem'),
      };
      copyFileSync(tls.managementTlsCertFile, files.managementTlsCertFile);
      copyFileSync(tls.managementTlsKeyFile, files.managementTlsKeyFile);
      const { port } = await listen(files);
      const shown = (): Promise<PeerCertificate> =>
        new Promise((resolve, reject) => {
          const socket = secureConnect(
            { port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost' },
            () => {
              resolve(socket.getPeerCertificate());
              socket.destroy();
            },
          );
          socket.on('error', reject);
        });
      const before = (await shown()).fingerprint256;
      writeFileSync(files.managementTlsCertFile, 'broken');
      nowMs += 60_000;
      expect((await shown()).fingerprint256).to.equal(before);
      expect(faults.join()).to.include('renewing the certificate of the control port: MANAGEMENT_TLS_CERT_FILE');
      copyFileSync(tls.managementTlsCertFile, files.managementTlsCertFile);
      utimesSync(files.managementTlsCertFile, 1, 1);
      nowMs += 60_000;
      expect((await shown()).fingerprint256).to.equal(before);
      expect(faults).to.have.length(1);
    });

    it('does not begin with files that can’t be used, and says which', async () => {
      writeFileSync(join(directory, 'key.pem'), 'no key');
      const overrides = { ...tls, managementTlsKeyFile: join(directory, 'key.pem') };
      const error = await listen(overrides).catch((thrown: Error) => thrown);
      expect(error).to.include({ code: 'ACCESS_CONFIG' });
      expect((error as Error).message).to.include('MANAGEMENT_TLS_KEY_FILE');
    });
  });

  describe('by a name with line breaks', () => {
    it('is one line of the audit log all the same', async () => {
      const path = join(directory, 'audit.log');
      await listen();
      const audit = new AuditFile(path, (error) => faults.push(error.message));
      Object.assign(services.audit, { write: (entry: Parameters<AuditFile['write']>[0]) => audit.write(entry) });
      const { port } = (await server.listenTcp('127.0.0.1', 0)) as { port: number };
      const reason = 'x\r\n{"line":1,"who":"forged"}\u2028\u001b[2J';
      const headers = { Authorization: `Bearer ${OPERATOR}` };
      await send({ port }, '/scaling/manual', { method: 'POST', body: { instances: 3, reason }, headers });
      const text = readFileSync(path, 'utf8');
      expect(text.split('\n')).to.have.length(2);
      expect(text).to.include('forged').and.not.include('\u001b').and.not.include('\r');
    });
  });

  describe('by paths', () => {
    it('that climb out of where they are meet nothing', async () => {
      const { port } = await listen();
      for (const path of [
        '/../../etc/passwd',
        '/..%2f..%2fetc%2fpasswd',
        '//etc/passwd',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/logs/../../etc',
      ]) {
        const answer = await sendRaw(
          port,
          `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
        );
        expect(answer, path)
          .to.match(/^HTTP\/1.1 404 /)
          .and.not.include('root:');
      }
    });
  });
});
