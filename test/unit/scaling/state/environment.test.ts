import { expect } from 'chai';
import { makeOffer, OFFER_SYMBOL } from '../../../../src/ipc/runtime-offer.ts';
import { announceUse, stateSettings } from '../../../../src/scaling/state/environment.ts';

describe('stateSettings', () => {
  const symbol = Symbol.for(OFFER_SYMBOL);
  const given = { socketPath: '/run/x.sock', redis: null, keyPrefix: 'p:', memoryLimitBytes: 1_048_576 };

  afterEach(() => {
    delete (globalThis as Record<symbol, unknown>)[symbol];
  });

  it('are those of a store in this process when nobody says otherwise', () => {
    expect(stateSettings({})).to.include({ socketPath: null, redis: null });
    expect(stateSettings({ TIDEGATE_STATE: '' })).to.include({ socketPath: null, redis: null });
  });

  it('are what the worker’s agent was told, whatever the environment says', () => {
    makeOffer({ state: given, stateNeeded: () => {}, workersMax: 4 });
    expect(stateSettings({ TIDEGATE_STATE: 'nonsense' })).to.equal(given);
  });

  it('have the agent tell that the state is needed, if there is an agent', () => {
    announceUse();
    let told = 0;
    makeOffer({ state: given, stateNeeded: () => (told += 1), workersMax: 4 });
    announceUse();
    expect(told).to.equal(1);
  });

  it('are refused where the runtime has the state switched off', () => {
    makeOffer({ state: null, stateNeeded: () => {}, workersMax: 4 });
    expect(() => stateSettings({})).to.throw(/switched off; set STATE_ENABLED=true/);
  });

  it('are what the environment says where there is no agent', () => {
    expect(stateSettings({ TIDEGATE_STATE: JSON.stringify(given) })).to.deep.equal(given);
  });

  for (const nonsense of [
    '{',
    '7',
    'null',
    '{}',
    '{"socketPath":7,"redis":null,"keyPrefix":"","memoryLimitBytes":1}',
  ]) {
    it(`refuse ${nonsense} in the environment, by name`, () => {
      expect(() => stateSettings({ TIDEGATE_STATE: nonsense })).to.throw(/^TIDEGATE_STATE does not hold settings/);
    });
  }
});
