import { expect } from 'chai';
import type { GatewayPolicy } from '../../../../src/ipc/gateway-protocol.ts';
import { policyOptions } from '../../../../src/scaling/gateway/policy-options.ts';
import { gatewaySettings } from '../../../../src/scaling/gateway/settings.ts';

const POLICY: GatewayPolicy = {
  algorithm: 'least-connections',
  identitySecret: 'a secret of many characters',
  affinitySecret: null,
  affinityHeader: null,
  trustedProxies: [],
  proxyProtocolFrom: [],
  tls: null,
  maxconn: null,
  maxqueue: 1024,
  maxConnections: null,
  timeouts: [],
  breaker: [],
  retries: [],
  ejection: [],
  check: [],
  panicThreshold: 0.5,
  slowStartMs: 0,
  holdBody: { bytes: 16_384, totalBytes: 16_777_216 },
  maxHeadBytes: 16_384,
  maxBodyBytes: null,
  rateLimits: [],
  state: null,
  accessLog: null,
};

describe('policyOptions', () => {
  it("makes the runtime's defaults the balancer's own", () => {
    expect(gatewaySettings(policyOptions(POLICY))).to.deep.equal(gatewaySettings({ upstreams: [] }));
  });

  it('reaches what the options say', () => {
    const settings = gatewaySettings(
      policyOptions({
        ...POLICY,
        algorithm: 'consistent-hash',
        affinityHeader: 'X-Tenant',
        maxConnections: 100,
        breaker: ['failures=3', 'successes=1', 'reset=5000'],
        retries: ['attempts=0', 'budget=0.1', 'status=502', 'status=503'],
        ejection: ['errors=0.3', 'latency=2.5', 'requests=5', 'interval=1000', 'length=2000', 'most=0.25'],
        check: ['path=/health?a=b', 'interval=500', 'rise=1', 'fall=2'],
        panicThreshold: 0.2,
        slowStartMs: 10_000,
        holdBody: { bytes: 0, totalBytes: 0 },
        maxHeadBytes: 1000,
        timeouts: ['server=1000'],
      }),
    );
    expect(settings).to.deep.include({
      affinity: { by: 'header', name: 'X-Tenant' },
      maxConnections: 100,
      breaker: { failureThreshold: 3, successThreshold: 1, resetTimeoutMs: 5000 },
      retryAttempts: 0,
      retryBudget: 0.1,
      retryStatuses: new Set([502, 503]),
      ejection: {
        errorRatio: 0.3,
        latencyFactor: 2.5,
        minRequests: 5,
        intervalMs: 1000,
        baseMs: 2000,
        maxRatio: 0.25,
      },
      check: { path: '/health?a=b', intervalMs: 500, rise: 1, fall: 2 },
      panicThreshold: 0.2,
      slowStartMs: 10_000,
      holdBody: { bytes: 0, totalBytes: 0 },
      maxHeadBytes: 1000,
    });
    expect(settings.timeouts.serverMs).to.equal(1000);
  });
});
