import { expect } from 'chai';
import fc from 'fast-check';
import { mayBecome } from '../../../src/cluster/worker-state.ts';
import type { WorkerPhase } from '../../../src/ipc/status.ts';
import { SEEDED } from '../scaling/balancing/candidates.ts';

const PHASES: readonly WorkerPhase[] = ['starting', 'ready', 'draining', 'stopping', 'stopped'];

describe('worker states', () => {
  it('follow the table', () => {
    const table = Object.fromEntries(PHASES.map((from) => [from, PHASES.filter((to) => mayBecome(from, to))]));
    expect(table).to.deep.equal({
      starting: ['ready', 'draining', 'stopping', 'stopped'],
      ready: ['draining', 'stopping', 'stopped'],
      draining: ['stopping', 'stopped'],
      stopping: ['stopped'],
      stopped: [],
    });
  });

  it('never go back, whatever is asked of them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PHASES), { maxLength: 20 }), (wishes) => {
        let phase: WorkerPhase = 'starting';
        for (const wish of wishes) {
          if (!mayBecome(phase, wish)) continue;
          expect(PHASES.indexOf(wish)).to.be.above(PHASES.indexOf(phase));
          phase = wish;
        }
      }),
      { ...SEEDED, numRuns: 200 },
    );
  });
});
