import { expect } from 'chai';
import {
  type AcceptingWorker,
  acceptShares,
  type SharesState,
} from '../../../../src/scaling/balancing/adaptive-shares.ts';
import { AcceptSimulation } from './accept-simulation.ts';

const worker = (id: number, difference: Partial<AcceptingWorker> = {}): AcceptingWorker => ({
  id,
  weight: 1,
  acceptedInWindow: 0,
  connections: 0,
  inFlight: 0,
  elu: 0,
  ...difference,
});

/** The shares after `rounds` calls 100 ms apart with the same figures. */
function settle(workers: readonly AcceptingWorker[], rounds: number): number[] {
  let state: SharesState | undefined;
  let shares: ReadonlyMap<number, number> = new Map();
  for (let round = 0; round < rounds; round++) ({ state, shares } = acceptShares(workers, state, round * 100));
  return workers.map(({ id }) => Number(shares.get(id)?.toFixed(3)));
}

describe('acceptShares', () => {
  it('is even by weight at first, whatever the figures', () => {
    const busy = worker(1, { elu: 1, inFlight: 90, connections: 100 });
    expect(settle([busy, worker(2), worker(3, { weight: 2 })], 1)).to.deep.equal([0.25, 0.25, 0.5]);
  });

  it('stays even when all are equally loaded, by weight', () => {
    const loaded = (id: number, weight: number) =>
      worker(id, {
        weight,
        elu: 0.2 * weight,
        inFlight: 3 * weight,
        connections: 40 * weight,
        acceptedInWindow: 10 * weight,
      });
    expect(settle([loaded(1, 1), loaded(2, 1), loaded(3, 2)], 50)).to.deep.equal([0.25, 0.25, 0.5]);
  });

  it('stays nearly even when next to nothing happens', () => {
    const shares = settle([worker(1, { elu: 0.02, connections: 2 }), worker(2, { elu: 0.01 })], 50);
    // (½ × 0.12/0.115 + ¼ + ¼ × 10/9) ÷ (½ × 0.11/0.115 + ¼ + ¼ × 8/9) = 1.104; 1.104⁻² = 0.82 of the other’s.
    expect(shares).to.deep.equal([0.451, 0.549]);
  });

  it('gives the only worker everything, and no workers nothing', () => {
    expect(settle([worker(9, { elu: 1, connections: 500 })], 10)).to.deep.equal([1]);
    expect(acceptShares([], undefined, 0).shares.size).to.equal(0);
  });

  it('fills up a new, empty worker, within the limits', () => {
    const old = { elu: 0.6, inFlight: 12, connections: 30 };
    const workers = [worker(1, old), worker(2, old), worker(3)];
    expect(settle(workers, 4)[2]).to.be.above(0.55);
    expect(settle(workers, 30)).to.deep.equal([0.083, 0.083, 0.833]);
  });

  it('relieves a worker above the mean', () => {
    // Its load: ½ × 0.9/0.6 + ¼ × 42/22 + ¼ × 58/38 = 1.61 of the mean, the other’s 0.39, but 0.47 by its connections; (1.61/0.47)⁻² = 0.086.
    const shares = settle(
      [worker(1, { elu: 0.8, inFlight: 40, connections: 50 }), worker(2, { elu: 0.2, inFlight: 0, connections: 10 })],
      100,
    );
    expect(shares).to.deep.equal([0.125, 0.875]);
    const slightly = settle(
      [worker(1, { elu: 0.6, inFlight: 8, connections: 32 }), worker(2, { elu: 0.5, inFlight: 8, connections: 32 })],
      100,
    );
    // ½ × 0.7/0.65 + ½ = 1.0385 against 1 (by connections): 1.0385⁻² = 0.927 of the other’s.
    expect(slightly).to.deep.equal([0.481, 0.519]);
  });

  it('counts a worker that has not reported as loaded as the mean', () => {
    const figures = { elu: 0.5, inFlight: 5, connections: 20 };
    const silent = { elu: null, inFlight: null, connections: 20 };
    expect(settle([worker(1, figures), worker(2, silent)], 50)).to.deep.equal([0.5, 0.5]);
    expect(settle([worker(1, silent), worker(2, silent)], 50)).to.deep.equal([0.5, 0.5]);
  });

  it('keeps the last known figures of a worker that stops reporting', () => {
    const even = { elu: 0.5, inFlight: 5, connections: 20 };
    const busy = { ...even, elu: 0.9 };
    let state: SharesState | undefined;
    for (let round = 0; round < 50; round++)
      ({ state } = acceptShares([worker(1, busy), worker(2, even)], state, round * 100));
    const silent = { ...even, elu: null, inFlight: null };
    const { shares } = acceptShares([worker(1, silent), worker(2, even)], state, 5_000);
    expect(shares.get(1)).to.be.below(0.45);
  });

  it('tells a worker that takes less than its share to take more, until then only', () => {
    const low = worker(1, { acceptedInWindow: 30 });
    const high = worker(2, { acceptedInWindow: 70 });
    const shares = settle([low, high], 4);
    expect(shares[0]).to.be.within(0.52, 0.6);
    expect(settle([low, high], 500)).to.deep.equal([0.875, 0.125]);
    expect(settle([worker(1, { acceptedInWindow: 50 }), worker(2, { acceptedInWindow: 50 })], 500)).to.deep.equal([
      0.5, 0.5,
    ]);
  });

  it('does not push a busy worker that takes less because it is busy', () => {
    const blocked = worker(1, { elu: 1, inFlight: 30, connections: 30, acceptedInWindow: 0 });
    const free = worker(2, { elu: 0.3, inFlight: 3, connections: 30, acceptedInWindow: 100 });
    let state: SharesState | undefined;
    for (let round = 0; round < 100; round++) ({ state } = acceptShares([blocked, free], state, round * 100));
    expect(state?.workers.get(1)?.correction).to.equal(0);
  });

  it('changes no correction while nothing is accepted', () => {
    const first = acceptShares([worker(1, { acceptedInWindow: 9 }), worker(2, { acceptedInWindow: 1 })], undefined, 0);
    const second = acceptShares(
      [worker(1, { acceptedInWindow: 9 }), worker(2, { acceptedInWindow: 1 })],
      first.state,
      100,
    );
    const third = acceptShares([worker(1), worker(2)], second.state, 200);
    expect(second.shares.get(2)).to.be.above(0.5);
    expect([...third.shares]).to.deep.equal([...second.shares]);
  });

  it('forgets workers that are gone, and everything after a long pause', () => {
    const { state } = acceptShares([worker(1), worker(2, { elu: 1, connections: 90 })], undefined, 0);
    const next = acceptShares([worker(2, { elu: 1, connections: 90 }), worker(3)], state, 100);
    expect([...next.state.workers.keys()]).to.deep.equal([2, 3]);
    expect(
      acceptShares([worker(2, { elu: 1, connections: 90 }), worker(3)], next.state, 60_000).shares.get(2),
    ).to.equal(0.5);
  });

  it('does not mind a clock that goes back', () => {
    const workers = [worker(1, { elu: 0.9, connections: 50 }), worker(2)];
    const { state, shares } = acceptShares(workers, undefined, 5_000);
    expect([...acceptShares(workers, state, 4_000).shares]).to.deep.equal([...shares]);
  });
});

describe('shared accept under acceptShares (simulated)', () => {
  /** Seconds 5 to 20, summed. */
  function acceptedLater(simulation: AcceptSimulation): number[] {
    const rows = simulation.run(20_000).slice(5);
    return rows.reduce((sums, row) => sums.map((sum, index) => sum + (row[index] as number)));
  }

  function unevenness(values: readonly number[]): number {
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    return Math.max(...values.map((value) => Math.abs(value / mean - 1)));
  }

  it('evens out what a biased kernel gives, 4 : 2 : 1 : 1, to within 5 %', () => {
    const simulation = new AcceptSimulation({ seed: 1, acceptsPerSecond: 2_000, lifetimeMs: 5 });
    for (const bias of [4, 2, 1, 1]) simulation.add({ bias });
    expect(unevenness(acceptedLater(simulation))).to.be.below(0.05);
  });

  it('evens out 54 % on two of eight to within 5 %', () => {
    const simulation = new AcceptSimulation({ seed: 2, acceptsPerSecond: 2_000, lifetimeMs: 100 });
    for (const bias of [7, 7, 2, 2, 2, 2, 2, 2]) simulation.add({ bias, eluPerConnection: 0.02 });
    expect(unevenness(acceptedLater(simulation))).to.be.below(0.05);
  });

  it('does not swing: with even workers no second is off by more than chance and a tenth', () => {
    const simulation = new AcceptSimulation({ seed: 3, acceptsPerSecond: 2_000, lifetimeMs: 50 });
    for (let count = 0; count < 4; count++) simulation.add();
    // 500 a second each are expected; chance alone has a standard deviation of 19.
    for (const row of simulation.run(30_000).slice(5)) expect(unevenness(row)).to.be.below(0.22);
  });

  it('keeps to weights', () => {
    const simulation = new AcceptSimulation({ seed: 4, acceptsPerSecond: 2_000, lifetimeMs: 50 });
    const weights = [1, 2, 1];
    for (const weight of weights) simulation.add({ weight });
    const accepted = acceptedLater(simulation);
    expect(unevenness(accepted.map((count, index) => count / (weights[index] as number)))).to.be.below(0.05);
  });

  it('gives a worker whose connections are twice as dear less of them', () => {
    const simulation = new AcceptSimulation({ seed: 5, acceptsPerSecond: 1_000, lifetimeMs: 300 });
    for (const eluPerConnection of [0.008, 0.004, 0.004]) simulation.add({ eluPerConnection });
    const [dear, ...others] = acceptedLater(simulation) as [number, number, number];
    for (const other of others) expect(dear / other).to.be.within(0.6, 0.85);
  });

  it('fills a new worker under lasting connections within 6 s, and neither overfills it by a third nor swings after', () => {
    const simulation = new AcceptSimulation({ seed: 6, acceptsPerSecond: 200, lifetimeMs: 10_000 });
    simulation.add({ eluPerConnection: 0.0006 });
    simulation.add({ eluPerConnection: 0.0006 });
    simulation.run(20_000);
    const id = simulation.add({ eluPerConnection: 0.0006 });
    const ofFair = (): number => {
      const all = simulation.workers.reduce((sum, { connections }) => sum + connections, 0);
      return (3 * (simulation.workers[id - 1]?.connections as number)) / all;
    };
    simulation.run(6_000);
    expect(ofFair()).to.be.within(0.9, 1.33);
    for (let second = 0; second < 30; second++) {
      simulation.run(1_000);
      expect(ofFair()).to.be.within(0.85, 1.33);
    }
  });
});
