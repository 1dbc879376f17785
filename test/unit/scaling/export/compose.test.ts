import { expect } from 'chai';
import { type ComposeTopology, composeFile } from '../../../../src/scaling/export/compose.ts';

const SHOP: ComposeTopology = {
  app: 'shop',
  image: 'registry.example/shop:1.2',
  port: 3001,
  publishedPort: 80,
  replicas: 3,
  environment: { GREETING: 'a: "b" $HOME' },
  cpus: 0.5,
  memoryBytes: 300_000_000,
  healthPath: '/health',
  drainTimeoutMs: 30_000,
  haproxyFile: './haproxy.cfg',
};

describe('composeFile', () => {
  it('runs so many containers of the app, with limits and time to drain', () => {
    const text = composeFile(SHOP);
    expect(text).to.contain('      replicas: 3\n');
    expect(text).to.contain('          cpus: "0.50"\n          memory: "287M"\n');
    expect(text).to.contain('    stop_grace_period: "40s"\n');
  });

  it('takes the values of variables as they are', () => {
    expect(composeFile(SHOP)).to.contain('      GREETING: "a: \\"b\\" $$HOME"\n');
  });

  it('puts HAProxy before them, which alone is published', () => {
    const text = composeFile(SHOP);
    expect(text.match(/ {4}ports:\n {6}- .*/g)).to.deep.equal(['    ports:\n      - "80:80"']);
    expect(text).to.contain('      - "./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"\n');
  });

  it('refuses what can’t be', () => {
    const broken: readonly Partial<ComposeTopology>[] = [
      { app: '' },
      { image: 'shop latest' },
      { replicas: 0 },
      { cpus: 0 },
      { memoryBytes: 1_000 },
      { healthPath: '/health"' },
      { healthPath: "/health'" },
      { publishedPort: 0 },
    ];
    for (const change of broken)
      expect(() => composeFile({ ...SHOP, ...change }), JSON.stringify(change))
        .to.throw(/is not allowed; give/)
        .with.property('code', 'BAD_TOPOLOGY');
  });
});
