import { expect } from 'chai';
import {
  forgetMoved,
  isQuarantined,
  noteMoves,
  recall,
  type WorkerMemory,
} from '../../../../src/scaling/balancing/rebalance-memory.ts';

const REPORT = { requestRate: 100, elu: 0.5, inFlight: 4, connections: 20 };
const fresh = (): WorkerMemory => recall(undefined, REPORT, 1, 100, 1_000);

describe('recall', () => {
  it('takes a first report as it is, per weight', () => {
    const { rate, elu, inFlight, connections } = recall(undefined, REPORT, 2, 100, 1_000);
    expect({ rate, elu, inFlight, connections }).to.deep.equal({ rate: 50, elu: 0.25, inFlight: 2, connections: 10 });
  });

  it('smooths later ones over a second', () => {
    const later = recall(fresh(), { ...REPORT, requestRate: 200 }, 1, 1_000, 1_000);
    expect(later.rate).to.be.closeTo(200 - 100 / Math.E, 1e-9);
  });

  it('lets what was moved pass through the age of reports and the smoothing', () => {
    let memory = noteMoves(fresh(), 40, 0);
    expect(memory.unreported).to.equal(40);
    const inAll: number[] = [];
    for (let round = 0; round < 60; round++) {
      memory = recall(memory, REPORT, 1, 100, 1_000);
      inAll.push(memory.unreported + memory.unsmoothed);
    }
    // (1 + t) e⁻ᵗ of it is left after t seconds.
    expect(inAll[9]).to.be.closeTo(40 * 2 * Math.exp(-1), 1);
    expect(inAll[29]).to.be.closeTo(40 * 4 * Math.exp(-3), 1);
    expect(inAll.every((value, index) => index === 0 || value <= (inAll[index - 1] as number))).to.equal(true);
  });

  it('takes reports without age when told so', () => {
    const memory = recall(noteMoves(fresh(), 40, 0), REPORT, 1, 100, 0);
    expect(memory).to.include({ unreported: 0, unsmoothed: 40 });
  });
});

describe('noteMoves', () => {
  it('keeps a worker that gave from receiving for 5 s', () => {
    const gave = noteMoves(fresh(), -10, 1_000);
    expect(gave.unreported).to.equal(-10);
    expect([1_000, 5_999, 6_000].map((nowMs) => isQuarantined(gave, nowMs))).to.deep.equal([true, true, false]);
    expect(isQuarantined(noteMoves(fresh(), 10, 1_000), 1_000)).to.equal(false);
  });

  it('doubles that each time it receives after giving, up to ten minutes', () => {
    let memory = fresh();
    const quarantinesS: number[] = [];
    for (let turn = 0; turn < 9; turn++) {
      const nowMs = turn * 700_000;
      memory = noteMoves(noteMoves(noteMoves(memory, -1, nowMs), 1, nowMs + 600_000), 1, nowMs + 600_100);
      quarantinesS.push(memory.quarantineMs / 1_000);
    }
    expect(quarantinesS).to.deep.equal([10, 20, 40, 80, 160, 320, 600, 600, 600]);
  });

  it('begins again when the giving is half an hour past', () => {
    const reversed = noteMoves(noteMoves(fresh(), -1, 0), 1, 10_000);
    const later = noteMoves(noteMoves(reversed, -1, 20_000), 1, 1_820_000);
    expect([reversed.quarantineMs, later.quarantineMs]).to.deep.equal([10_000, 5_000]);
  });

  it('changes nothing for a worker that took no part', () => {
    const memory = fresh();
    expect(noteMoves(memory, 0, 9)).to.equal(memory);
  });
});

describe('forgetMoved', () => {
  it('drops what was moved and keeps the figures and the quarantine', () => {
    const gave = noteMoves(fresh(), -10, 1_000);
    expect(forgetMoved(gave)).to.deep.equal({ ...gave, unreported: 0, unsmoothed: 0 });
  });
});
