import { expect } from 'chai';
import type { HealthBody } from '../../src/scaling/health-monitor.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

const FRONT_DOORS = [
  { way: 'that wants a PROXY header, of the workers', env: { PROXY_PROTOCOL_FROM: '127.0.0.1,::1' } },
  {
    way: 'that wants a PROXY header and TLS, of the gateway',
    env: {
      PROXY_PROTOCOL_FROM: '127.0.0.0/8,::1',
      LB_MODE: 'http',
      GATEWAY_TLS_CERT_FILE: fixture('tls/cert.pem'),
      GATEWAY_TLS_KEY_FILE: fixture('tls/key.pem'),
    },
  },
] as const;

for (const { way, env } of FRONT_DOORS) {
  it(`HEALTH_CHECK_PATH is asked through a front door ${way}`, async function () {
    this.timeout(30_000);
    const runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', '1'],
      env: { ...env, HEALTH_CHECK_PATH: '/', HEALTH_CHECK_INTERVAL_MS: '1000', AUTO_SCALING_ENABLED: 'false' },
    });
    try {
      const app = await until('a check of the app', async () => {
        const { dependencies } = (await runtime.api<HealthBody>('GET', '/health')).body;
        return dependencies.app;
      });
      expect(app.sentence).to.match(/^the app’s \/ answers within \d+ ms$/);
      expect(app.level).to.equal('ok');
    } finally {
      await runtime.kill();
    }
  });
}
