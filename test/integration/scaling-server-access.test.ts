import { linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Config } from '../../config/schema.ts';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { type Exchange, type Reply, send, sendRaw } from '../helpers/management-client.ts';
import { MemoryServices } from '../helpers/management-services.ts';

const VIEWER = 'viewer-token-0123456789';
const OPERATOR = 'operator-token-0123456789';
const ADMIN = 'admin-token-0123456789';
const managementTokens = [`viewer:${VIEWER}`, `operator:${OPERATOR}`, `admin:${ADMIN}`];

describe('access to the control API', () => {
  let services: MemoryServices;
  let server: ScalingServer;
  let directory: string;

  function create(overrides: Partial<Config> = {}): void {
    services = new MemoryServices(overrides);
    server = new ScalingServer(services);
  }
  async function listen(overrides: Partial<Config> = {}, host = '127.0.0.1'): Promise<number> {
    create(overrides);
    return (await server.listenTcp(host, 0)).port;
  }
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-access-'));
  });
  afterEach(async () => {
    await server.close(1_000);
    rmSync(directory, { recursive: true });
  });

  const outcome = ({ status, json }: Reply): object => ({ status, code: json?.code });
  const pin = { method: 'POST', body: { instances: 3 } };
  const bearing = (token: string, exchange: Exchange = {}): Exchange => ({
    ...exchange,
    headers: { ...exchange.headers, Authorization: `Bearer ${token}` },
  });

  describe('by web pages', () => {
    it('is refused under a Host that is not ours, before anything else is looked at', async () => {
      const port = await listen();
      const rebound = await send({ port }, '/scaling/manual', { ...pin, headers: { Host: `evil.example:${port}` } });
      expect(outcome(rebound)).to.deep.equal({ status: 421, code: 'HOST_NOT_ALLOWED' });
      expect(services.pins).to.deep.equal([]);
      expect(await send({ port }, '/health', { headers: { Host: 'localhost:1' } }).then(outcome)).to.include({
        status: 421,
      });
    });

    it('is refused without a Host, and with a target that is not a path', async () => {
      const port = await listen();
      expect(await sendRaw(port, 'GET /health HTTP/1.0\r\n\r\n')).to.match(/^HTTP\/1.1 421 /);
      const absolute = `GET http://evil.example/health HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`;
      expect(await sendRaw(port, absolute))
        .to.match(/^HTTP\/1.1 400 /)
        .and.include('BAD_PATH');
    });

    it('is allowed under names that MANAGEMENT_ALLOWED_HOSTS adds', async () => {
      const port = await listen({ managementAllowedHosts: ['tidegate'] });
      expect((await send({ port }, '/health', { headers: { Host: `tidegate:${port}` } })).status).to.equal(200);
    });

    it('is refused from another origin, for changes and for reads alike, without CORS headers', async () => {
      const port = await listen();
      const headers = { Origin: 'https://evil.example' };
      const change = await send({ port }, '/scaling/manual', { ...pin, headers });
      const read = await send({ port }, '/cluster/status', { headers });
      const preflight = await send({ port }, '/scaling/manual', { method: 'OPTIONS', headers });
      for (const reply of [change, read, preflight]) {
        expect(outcome(reply)).to.deep.equal({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
        expect(reply.headers).to.not.have.property('access-control-allow-origin');
      }
      expect(services.pins).to.deep.equal([]);
    });

    it('is refused to a page that hides its origin', async () => {
      const port = await listen();
      const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' };
      expect(await send({ port }, '/metrics', { headers }).then(outcome)).to.include({ code: 'ORIGIN_NOT_ALLOWED' });
    });

    it('is allowed to the dashboard itself', async () => {
      const port = await listen();
      const headers = { Origin: `http://127.0.0.1:${port}`, 'Sec-Fetch-Site': 'same-origin' };
      expect((await send({ port }, '/scaling/manual', { ...pin, headers })).status).to.equal(202);
    });

    it('is allowed to a configured origin, with CORS headers and a preflight that needs no token', async () => {
      const origin = 'https://console.example';
      const port = await listen({ allowedOrigins: [origin], managementTokens });
      const preflight = await send({ port }, '/scaling/manual', { method: 'OPTIONS', headers: { Origin: origin } });
      expect(preflight.status).to.equal(204);
      expect(preflight.headers).to.include({
        'access-control-allow-origin': origin,
        'access-control-allow-headers': 'Authorization, Content-Type',
        vary: 'Origin',
      });
      const change = await send(
        { port },
        '/scaling/manual',
        bearing(OPERATOR, { ...pin, headers: { Origin: origin } }),
      );
      expect(change.status).to.equal(202);
      const refused = await send({ port }, '/scaling/manual', { ...pin, headers: { Origin: origin } });
      expect(outcome(refused)).to.deep.equal({ status: 401, code: 'TOKEN_REQUIRED' });
      expect(refused.headers['access-control-allow-origin']).to.equal(origin);
    });
  });

  describe('with tokens', () => {
    it('leaves the public paths public', async () => {
      const port = await listen({ managementTokens });
      for (const path of ['/', '/health', '/metrics', '/openapi.json']) {
        expect((await send({ port }, path)).status, path).to.equal(200);
      }
    });

    it('demands one everywhere else, on loopback too', async () => {
      const port = await listen({ managementTokens });
      const reply = await send({ port }, '/cluster/status');
      expect(outcome(reply)).to.deep.equal({ status: 401, code: 'TOKEN_REQUIRED' });
      expect(reply.headers['www-authenticate']).to.equal('Bearer realm="tidegate"');
      const wrong = await send({ port }, '/cluster/status', bearing(`${VIEWER}x`));
      expect(outcome(wrong)).to.deep.equal({ status: 401, code: 'TOKEN_INVALID' });
      expect(wrong.headers['www-authenticate']).to.equal('Bearer realm="tidegate", error="invalid_token"');
    });

    it('looks at the token before it reads the body', async () => {
      const port = await listen({ managementTokens });
      const reply = await send({ port }, '/scaling/manual', { method: 'POST', body: 'not json' });
      expect(outcome(reply)).to.deep.equal({ status: 401, code: 'TOKEN_REQUIRED' });
    });

    it('lets each role do what is its own', async () => {
      const port = await listen({ managementTokens });
      const statusFor = async (token: string, path: string, exchange?: Exchange): Promise<number> =>
        (await send({ port }, path, bearing(token, exchange))).status;
      const breakers = '/api/v1/admin/circuit-breaker/stats';
      expect(await statusFor(VIEWER, '/cluster/status')).to.equal(200);
      const lease = { method: 'POST', body: { owner: 'ann' } };
      expect(await statusFor(VIEWER, '/api/v1/instances', lease)).to.equal(409);
      expect(await statusFor(VIEWER, '/scaling/manual', pin)).to.equal(403);
      expect(await statusFor(VIEWER, '/logs')).to.equal(403);
      expect(await statusFor(OPERATOR, '/scaling/manual', pin)).to.equal(202);
      expect(await statusFor(OPERATOR, breakers)).to.equal(403);
      expect(await statusFor(ADMIN, breakers)).to.equal(200);
    });

    it('names the token in the audit log by its fingerprint', async () => {
      const port = await listen({ managementTokens });
      await send({ port }, '/scaling/manual', bearing(OPERATOR, pin));
      const [entry] = services.auditEntries;
      expect(entry).to.include({ role: 'operator', from: '127.0.0.1' });
      expect(entry?.who).to.match(/^token [0-9a-f]{8}$/);
      expect(JSON.stringify(entry)).to.not.include(OPERATOR);
      expect(services.pins[0]?.by).to.equal(entry?.who);
    });
  });

  describe('on other addresses than loopback', () => {
    it('is not opened without tokens', async () => {
      create();
      const error = await server.listenTcp('0.0.0.0', 0).catch((thrown: Error & { code: string }) => thrown);
      expect(error).to.include({ code: 'MANAGEMENT_TOKENS_REQUIRED' });
    });

    it('is opened with tokens, and demands them', async () => {
      const port = await listen({ managementTokens }, '0.0.0.0');
      expect((await send({ port }, '/cluster/status')).status).to.equal(401);
      expect((await send({ port }, '/cluster/status', bearing(VIEWER))).status).to.equal(200);
    });
  });

  describe('by the socket', () => {
    it('is admin’s, without a token or a Host check, with the same routes', async () => {
      create({ managementTokens });
      const socketPath = join(directory, 'control.sock');
      await server.listenSocket(socketPath);
      expect(statSync(socketPath).mode & 0o777).to.equal(0o600);
      const reply = await send({ socketPath }, '/scaling/manual', { ...pin, headers: { Host: 'anything' } });
      expect(reply.status).to.equal(202);
      expect(services.auditEntries[0]).to.include({ who: 'command line', role: 'admin', from: 'socket' });
      expect((await send({ socketPath }, '/nothing')).status).to.equal(404);
    });

    it('goes along with TCP, and its file goes when the server closes', async () => {
      const port = await listen();
      const socketPath = join(directory, 'control.sock');
      await server.listenSocket(socketPath);
      const [overTcp, overSocket] = await Promise.all([send({ port }, '/health'), send({ socketPath }, '/health')]);
      expect([overTcp.status, overSocket.status]).to.deep.equal([200, 200]);
      await server.close(1_000);
      expect(() => statSync(socketPath)).to.throw('ENOENT');
    });

    it('leaves the process’s umask as it was', async () => {
      create();
      const before = process.umask(0o022);
      await server.listenSocket(join(directory, 'control.sock'));
      expect(process.umask(before)).to.equal(0o022);
    });

    it('is not taken from an instance that is alive', async () => {
      create();
      const socketPath = join(directory, 'control.sock');
      await server.listenSocket(socketPath);
      const second = new ScalingServer(services);
      const error = await second.listenSocket(socketPath).catch((thrown: Error & { code: string }) => thrown);
      expect(error).to.include({ code: 'MANAGEMENT_SOCKET_IN_USE' });
      expect((await send({ socketPath }, '/health')).status).to.equal(200);
    });

    it('takes the place of what a dead instance left', async () => {
      const socketPath = join(directory, 'control.sock');
      const leftBehind = createServer().listen(join(directory, 'first.sock'));
      await new Promise((resolve) => leftBehind.once('listening', resolve));
      // A hard link keeps the socket's file when closing removes the name it was bound by: what a killed process leaves.
      linkSync(join(directory, 'first.sock'), socketPath);
      await new Promise((resolve) => leftBehind.close(resolve));
      create();
      await server.listenSocket(socketPath);
      expect((await send({ socketPath }, '/health')).status).to.equal(200);
    });

    it('never removes a file that is no socket', async () => {
      create();
      const path = join(directory, 'notes.txt');
      writeFileSync(path, 'mine');
      const error = await server.listenSocket(path).catch((thrown: Error & { code: string }) => thrown);
      expect(error).to.include({ code: 'MANAGEMENT_LISTEN_FAILED' });
      expect(statSync(path).size).to.equal(4);
    });

    it('says so when its path is too long', async () => {
      create();
      const error = await server.listenSocket(join(directory, 'x'.repeat(120))).catch((thrown: Error) => thrown);
      expect((error as Error).message).to.include('set a shorter TIDEGATE_RUNTIME_DIR');
    });
  });
});
