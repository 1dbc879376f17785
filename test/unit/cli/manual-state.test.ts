import { expect } from 'chai';
import { holdSentence, manualSentences } from '../../../src/cli/manual-state.ts';

const NOW_MS = 1_000_000;

describe('what was set by hand', () => {
  it('a decision with a pin says how long it holds', () => {
    expect(holdSentence({ atMs: NOW_MS, pin: { instances: 3, untilMs: NOW_MS + 300_000 } })).to.equal(
      'It holds for 5m; tidegate resume ends it earlier.',
    );
    expect(holdSentence({ atMs: NOW_MS, pin: { instances: 3, untilMs: null } })).to.equal(
      'It holds until tidegate resume ends it.',
    );
    expect(holdSentence({ atMs: NOW_MS, pin: null })).to.equal(undefined);
  });

  it('pin and pause are a sentence each, and nothing is none', () => {
    const pin = { instances: 1, untilMs: NOW_MS + 90_000 };
    const paused = { by: 'command line', reason: '' };
    expect(manualSentences({ pin, paused }, NOW_MS)).to.deep.equal([
      '1 worker for 1m 30s; tidegate resume ends it earlier',
      'paused by command line; tidegate resume ends it',
    ]);
    expect(manualSentences({ pin: { instances: 4, untilMs: null }, paused: null }, NOW_MS)).to.deep.equal([
      '4 workers until tidegate resume ends it',
    ]);
    expect(manualSentences({}, NOW_MS)).to.deep.equal([]);
  });
});
