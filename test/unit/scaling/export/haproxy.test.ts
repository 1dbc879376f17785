import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { haproxyConfig } from '../../../../src/scaling/export/haproxy.ts';
import { BALANCER_DEFAULTS, type BalancerTopology } from '../../../../src/scaling/export/topology.ts';
import { ROOT } from '../../../helpers/runtime.ts';

const KNOWN: BalancerTopology = {
  ...BALANCER_DEFAULTS,
  app: 'shop',
  servers: {
    kind: 'known',
    servers: [
      { host: '10.0.0.1', port: 3001 },
      { host: '2001:db8::2', port: 3002 },
    ],
  },
};
const DISCOVERED: BalancerTopology = {
  ...BALANCER_DEFAULTS,
  app: 'app',
  servers: { kind: 'discovered', name: 'app', port: 3001, slots: 20, dns: '127.0.0.11:53' },
  tls: { port: 443, certificateFile: '/etc/haproxy/site.pem' },
};

describe('haproxyConfig', () => {
  it('names each known server in both backends', () => {
    const lines = haproxyConfig(KNOWN).split('\n');
    expect(lines.filter((line) => line.startsWith('  server '))).to.deep.equal([
      '  server app1 10.0.0.1:3001',
      '  server app2 [2001:db8::2]:3002',
      '  server app1 10.0.0.1:3001',
      '  server app2 [2001:db8::2]:3002',
    ]);
    expect(lines.filter((line) => line.includes('resolvers') || line.includes(' ssl crt'))).to.deep.equal([]);
  });

  it('gives HAProxy the app’s drain, and five seconds', () => {
    expect(haproxyConfig({ ...KNOWN, drainTimeoutMs: 12_500 })).to.contain('\n  hard-stop-after 18s\n');
  });

  it('limits nobody when the limit is 0', () => {
    expect(haproxyConfig({ ...KNOWN, rateLimitPer10s: 0 })).not.to.match(/stick-table|429/);
    expect(haproxyConfig(KNOWN)).to.contain('sc_http_req_rate(0) gt 300 }');
  });

  it('says nothing that haproxy.cfg of the stack does not say too, but for what depends on the machine', () => {
    const stack = new Set(
      readFileSync(path.join(ROOT, 'haproxy.cfg'), 'utf8')
        .split('\n')
        .map((line) => line.trim()),
    );
    const others = haproxyConfig(DISCOVERED)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !stack.has(line));
    expect(others).to.deep.equal([
      '# app: written by tidegate export haproxy. Check: haproxy -c -f haproxy.cfg',
      'nameserver dns 127.0.0.11:53',
      'bind :80',
      'bind :443 ssl crt /etc/haproxy/site.pem alpn h2,http/1.1',
      'stick-table type ipv6 size 100k expire 60s store http_req_rate(10s)',
      `http-request return status 429 content-type application/problem+json string '{"type":"about:blank","title":"Too Many Requests","status":429,"code":"RATE_LIMITED"}' hdr Retry-After 10 if !is_health { sc_http_req_rate(0) gt 300 }`,
      'server-template app 1-20 app:3001 resolvers containers resolve-prefer ipv4 init-addr none',
      'dynamic-cookie-key app',
      'server-template app 1-20 app:3001 resolvers containers resolve-prefer ipv4 init-addr none',
      'bind 127.0.0.1:8080',
    ]);
  });

  it('refuses what would end a line or a word of the file', () => {
    const broken: readonly Partial<BalancerTopology>[] = [
      { app: 'a b' },
      { app: 'x\n  stats admin if TRUE' },
      { healthPath: '/health # no more' },
      { healthPath: 'health' },
      { statsAddress: ':8080 ssl' },
      { tls: { port: 443, certificateFile: '/a b.pem' } },
      { servers: { kind: 'known', servers: [] } },
      { servers: { kind: 'known', servers: [{ host: 'a', port: 70_000 }] } },
      { servers: { kind: 'known', servers: [{ host: 'a\nb', port: 1 }] } },
      { maxConnections: 0 },
      { rateLimitPer10s: 1.5 },
    ];
    for (const change of broken)
      expect(() => haproxyConfig({ ...KNOWN, ...change }), JSON.stringify(change))
        .to.throw(/(is not allowed; give|none is given)/)
        .with.property('code', 'BAD_TOPOLOGY');
  });
});
