/** Every endpoint, asked by every kind of caller, over plain HTTP and over TLS. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { routes } from '../../src/scaling/management/routes/index.ts';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { type Reply, send, sendForHead, type Target } from '../helpers/management-client.ts';
import { MemoryServices } from '../helpers/management-services.ts';
import { fixture } from '../helpers/runtime.ts';

/** What each endpoint takes. Written by hand: a new route without a line here, or with another access, fails. */
const ACCESS: Readonly<Record<string, Needed>> = {
  'GET /': 'nothing',
  'GET /dashboard/:file': 'nothing',
  'GET /session': 'viewer',
  'POST /login': 'nothing',
  'POST /logout': 'viewer',
  'GET /health': 'nothing',
  'GET /health/performance': 'viewer',
  'GET /metrics': 'nothing',
  'GET /metrics/history': 'viewer',
  'GET /alerts': 'viewer',
  'POST /alerts/test': 'operator',
  'POST /alerts/silences': 'operator',
  'DELETE /alerts/silences/:id': 'operator',
  'GET /cluster/status': 'viewer',
  'GET /cluster/memory': 'viewer',
  'POST /cluster/reload': 'operator',
  'POST /cluster/restart': 'operator',
  'POST /cluster/stop': 'operator',
  'POST /workers/:id/restart': 'operator',
  'POST /workers/:id/cpu-profile': 'admin',
  'POST /workers/:id/heap-snapshot': 'admin',
  'GET /scaling/status': 'viewer',
  'POST /scaling/manual': 'operator',
  'POST /scaling/pause': 'operator',
  'POST /scaling/resume': 'operator',
  'GET /scaling/decisions/:id': 'viewer',
  'GET /loadbalancer/status': 'viewer',
  'GET /redis/status': 'viewer',
  'GET /api/v1/capacity': 'viewer',
  'GET /api/v1/admin/fleet-stats': 'admin',
  'GET /api/v1/admin/servers': 'admin',
  'POST /api/v1/admin/servers': 'admin',
  'GET /api/v1/admin/servers/:id': 'admin',
  'DELETE /api/v1/admin/servers/:id': 'admin',
  'POST /api/v1/instances': 'viewer',
  'POST /api/v1/instances/:id/connect': 'viewer',
  'POST /api/v1/instances/:id/heartbeat': 'viewer',
  'POST /api/v1/instances/:id/disconnect': 'viewer',
  'GET /api/v1/instances/:id': 'viewer',
  'GET /api/v1/admin/circuit-breaker/stats': 'admin',
  'POST /api/v1/admin/circuit-breaker/reset': 'admin',
  'GET /events': 'viewer',
  'GET /logs': 'operator',
  'GET /openapi.json': 'nothing',
};

interface Credentials {
  /** Of the role; 0: nobody, -1: nobody we know, -2: a session without its CSRF token. */
  readonly rank: number;
  readonly headers: Readonly<Record<string, string>>;
}

type Needed = 'nothing' | 'viewer' | 'operator' | 'admin';
const RANKS: readonly Needed[] = ['nothing', 'viewer', 'operator', 'admin'];
const ROLES = ['viewer', 'operator', 'admin'] as const;
const TOKENS = { viewer: 'v'.repeat(20), operator: 'o'.repeat(20), admin: 'a'.repeat(20) } as const;
const SECRET = 's'.repeat(40);
const certificate = fixture('tls/cert.pem');

describe('the list of endpoints and what they take', () => {
  it('has a line for every route', () => {
    expect(
      routes.map(({ method, path }) => `${method} ${path}`).filter((name) => ACCESS[name] === undefined),
    ).to.deep.equal([]);
  });
});

for (const scheme of ['http', 'https'] as const) {
  describe(`every endpoint over ${scheme}`, () => {
    let server: ScalingServer;
    let target: Target;
    const callers = new Map<string, Credentials>();

    before(async () => {
      const tls =
        scheme === 'https' ? { managementTlsCertFile: certificate, managementTlsKeyFile: fixture('tls/key.pem') } : {};
      const services = new MemoryServices({
        ...tls,
        managementTokens: ROLES.map((role) => `${role}:${TOKENS[role]}`),
        jwtAudience: 'tidegate',
        jwtSecret: SECRET,
      });
      server = new ScalingServer(services);
      const { port, url } = await server.listenTcp('127.0.0.1', 0);
      expect(url).to.equal(`${scheme}://127.0.0.1:${port}`);
      target = { port, ...(scheme === 'https' ? { ca: readFileSync(certificate, 'utf8') } : {}) };

      callers.set('nobody', { rank: 0, headers: {} });
      callers.set('a wrong token', { rank: -1, headers: { authorization: 'Bearer 0123456789abcdef' } });
      for (const role of ROLES) {
        const rank = RANKS.indexOf(role);
        callers.set(`the ${role} token`, { rank, headers: { authorization: `Bearer ${TOKENS[role]}` } });
        const jwt = await new SignJWT({ role, aud: 'tidegate' })
          .setProtectedHeader({ alg: 'HS256' })
          .setExpirationTime('5m')
          .sign(Buffer.from(SECRET));
        callers.set(`a ${role} by JSON web token`, { rank, headers: { authorization: `Bearer ${jwt}` } });
        const login = await send(target, '/login', { method: 'POST', body: { token: TOKENS[role] } });
        const cookie = String(login.headers['set-cookie']?.[0]).split(';')[0] as string;
        callers.set(`a ${role} by session`, { rank, headers: { cookie, 'x-csrf-token': login.json.csrfToken } });
        callers.set(`a page that only has the cookie of a session as ${role}`, { rank: -2, headers: { cookie } });
      }
    });
    after(() => server.close(1_000));

    /** What stands between the caller and the endpoint; `admitted` says nothing of what comes of it. */
    function verdict({ status, headers }: Pick<Reply, 'status' | 'headers'>): string {
      if (status === 401 && headers['www-authenticate'] !== undefined) return 'unknown';
      return status === 403 ? 'forbidden' : 'admitted';
    }

    function expected(rank: number, needed: Needed, method: string): string {
      if (needed === 'nothing') return 'admitted';
      if (rank === -2) return method === 'GET' ? 'any' : 'forbidden';
      if (rank <= 0) return 'unknown';
      return rank >= RANKS.indexOf(needed) ? 'admitted' : 'forbidden';
    }

    for (const { method, path } of routes) {
      it(`${method} ${path} takes ${ACCESS[`${method} ${path}`]}`, async () => {
        const needed = ACCESS[`${method} ${path}`] as Needed;
        const found: Record<string, string> = {};
        const wanted: Record<string, string> = {};
        const ask = async ([who, { rank, headers }]: [string, Credentials]): Promise<void> => {
          // Logging out would end the session that the next endpoints are asked with.
          if (path === '/logout' && who.includes('session') && rank > 0) return;
          const want = expected(rank, needed, method);
          if (want === 'any') return;
          const concrete = path.replace(/:\w+/g, '1');
          // A body that no endpoint takes: what is asked is who may come in, not what happens then.
          const answer =
            method === 'POST'
              ? await send(target, concrete, { method, headers, body: { none: 'of this' } })
              : await sendForHead(target, concrete, { method, headers });
          found[who] = verdict(answer);
          wanted[who] = want;
          expect(answer.status, who).to.be.below(500);
        };
        await Promise.all([...callers].map(ask));
        expect(found).to.deep.equal(wanted);
      });
    }
  });
}
