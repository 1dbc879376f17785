import { expect } from 'chai';
import { DependencyHealth } from '../../../../src/app/services/dependency-health.ts';
import { StateError } from '../../../../src/scaling/state/errors.ts';
import type { SharedState, StateStatus } from '../../../../src/scaling/state/shared-state.ts';

describe('the health of what the app depends on', () => {
  let status: StateStatus;
  let latencyMs: number | null;
  const state = {
    status: () => status,
    ping: async () => {
      if (latencyMs === null) throw new StateError('STATE_UNAVAILABLE', 'down');
      return latencyMs;
    },
  } as unknown as SharedState;

  beforeEach(() => {
    status = { driver: 'fallback', connected: false, degradedSinceMs: null, reason: null, detail: {} };
    latencyMs = null;
  });

  it('is starting until the shared state was asked, then unavailable while it is not connected', async () => {
    const health = new DependencyHealth(state, null);
    expect(health.report()).to.have.nested.property('state.status', 'starting');
    await health.begin();
    expect(health.report()).to.have.nested.property('state.status', 'unavailable');
    expect(await health.detail()).to.have.nested.property('state.latencyMs', null);
    status = { ...status, connected: true };
    latencyMs = 0.123456;
    expect(health.report()).to.have.nested.property('state.status', 'ok');
    expect((await health.detail()).state).to.include({ status: 'ok', latencyMs: 0.123 });
  });

  it('is degraded while the embedded store stands in, and says since when and why', () => {
    status = { ...status, connected: true, degradedSinceMs: 5, reason: 'Redis does not answer' };
    const report = new DependencyHealth(state, null).report();
    expect(report).to.deep.equal({
      state: {
        status: 'degraded',
        driver: 'fallback',
        connected: true,
        degradedSinceMs: 5,
        reason: 'Redis does not answer',
      },
    });
  });
});
