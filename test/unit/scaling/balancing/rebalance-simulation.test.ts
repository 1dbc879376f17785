import { expect } from 'chai';
import {
  connectionsOf,
  MoveSimulation,
  type MoveSimulationOptions,
  type SimulatedConnection,
} from './move-simulation.ts';
import { seededRandom } from './random.ts';

const OLD = { ageMs: 60_000 };

/** Two workers of 32 connections each, and after a while a third. */
function scaledUp(options: MoveSimulationOptions, rate = 20, costMs = 1): MoveSimulation {
  const simulation = new MoveSimulation(options);
  simulation.add(connectionsOf(32, rate, costMs), OLD);
  simulation.add(connectionsOf(32, rate, costMs), OLD);
  simulation.run(3_000);
  simulation.add([]);
  return simulation;
}

/** What the worker completes, in parts of what it would complete if all did the same. */
function partOfFair(simulation: MoveSimulation, id: number): number {
  const rates = simulation.rates();
  return ((rates[id - 1] as number) * rates.length) / rates.reduce((sum, rate) => sum + rate);
}

/** Connections whose rates follow a power law, the busiest 100 times the usual. */
function skewed(count: number, seed: number): SimulatedConnection[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ({ rate: Math.min(500, 5 / random() ** 0.9), costMs: 0.5 }));
}

function unevenness(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / (values.reduce((sum, value) => sum + value) / values.length);
}

describe('moving connections under planMoves (simulated)', () => {
  for (const noise of [0, 0.2]) {
    for (const reportEveryMs of [1_000, 0]) {
      const figures = `${reportEveryMs === 0 ? 'immediate figures' : 'figures once a second'}, ${noise * 100} % noise`;

      it(`brings a new worker to 80 % of its part of 64 busy connections within 5 s, and then rests (${figures})`, () => {
        const planning = reportEveryMs === 0 ? { figureLagMs: 0 } : {};
        const simulation = scaledUp({ noise, reportEveryMs, planning });
        simulation.run(5_000);
        expect(partOfFair(simulation, 3)).to.be.within(0.8, 1.1);
        expect(simulation.movesBetween(0, simulation.nowMs)).to.be.at.most(24);
        expect(simulation.moves.every(({ to }) => to === 3)).to.equal(true);
        const afterMs = simulation.nowMs;
        simulation.run(300_000);
        expect(simulation.movesBetween(afterMs, simulation.nowMs)).to.equal(0);
      });
    }
  }

  it('does so too when the figures are fresher than it believes, a little later', () => {
    const simulation = scaledUp({ reportEveryMs: 0 });
    simulation.run(8_000);
    expect(partOfFair(simulation, 3)).to.be.within(0.8, 1.1);
    expect(simulation.moves.every(({ to }) => to === 3)).to.equal(true);
  });

  it('does so under saturation, where utilization tells nothing', () => {
    const simulation = scaledUp({ noise: 0.2 }, 200);
    simulation.run(5_000);
    expect(simulation.workers[2]?.connections.length).to.be.within(17, 23);
  });

  it('does so for 64 connections of one request a second each', () => {
    const simulation = scaledUp({}, 1, 5);
    simulation.run(5_000);
    expect(partOfFair(simulation, 3)).to.be.within(0.8, 1.1);
  });

  it('does so for a thousand connections', () => {
    const simulation = new MoveSimulation();
    for (let count = 0; count < 2; count++) simulation.add(connectionsOf(500, 2, 0.5), OLD);
    simulation.run(1_000);
    simulation.add([]);
    simulation.run(5_000);
    expect(partOfFair(simulation, 3)).to.be.within(0.8, 1.1);
  });

  it('follows several scale-ups in a row', () => {
    const simulation = new MoveSimulation({ noise: 0.1 });
    simulation.add(connectionsOf(64, 10), OLD);
    for (let count = 0; count < 3; count++) {
      simulation.add([]);
      simulation.run(1_500);
    }
    simulation.run(4_000);
    for (const id of [2, 3, 4]) expect(partOfFair(simulation, id)).to.be.within(0.8, 1.2);
  });

  it('evens 200 idle connections out over two new workers within 15 s', () => {
    const simulation = new MoveSimulation();
    simulation.add(connectionsOf(200, 0), OLD);
    simulation.add([]);
    simulation.add([]);
    simulation.run(15_000);
    for (const { connections } of simulation.workers) expect(connections.length).to.be.within(53, 80);
    const afterMs = simulation.nowMs;
    simulation.run(120_000);
    expect(simulation.movesBetween(afterMs, simulation.nowMs)).to.equal(0);
  });

  it('fills a worker by its weight', () => {
    const simulation = new MoveSimulation({ noise: 0.1 });
    simulation.add(connectionsOf(64, 10), OLD);
    simulation.add([], { weight: 3 });
    simulation.run(8_000);
    expect(simulation.workers[1]?.connections.length).to.be.within(42, 54);
  });

  it('evens out the others when one worker has no movable connections', () => {
    const simulation = new MoveSimulation({ noise: 0.2 });
    simulation.add(connectionsOf(32, 20), { ...OLD, isMovable: false });
    simulation.add(connectionsOf(32, 20), OLD);
    simulation.add([]);
    simulation.run(60_000);
    const counts = simulation.workers.map(({ connections }) => connections.length);
    expect(counts[0]).to.equal(32);
    expect(counts[1]).to.be.within(14, 18);
    expect(simulation.moves.every(({ from, to }) => from === 2 && to === 3)).to.equal(true);
  });

  it('moves nothing between even workers, however noisy their figures', () => {
    for (const size of [3, 10]) {
      const simulation = new MoveSimulation({ noise: 0.2, seed: size });
      for (let count = 0; count < size; count++) simulation.add(connectionsOf(20, 5), OLD);
      simulation.run(300_000);
      expect(simulation.moves).to.deep.equal([]);
    }
  });

  it('evens out skewed connections in the end, with few moves to and fro', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const simulation = new MoveSimulation({ seed, noise: 0.2 });
      simulation.add(skewed(32, seed), OLD);
      simulation.add(skewed(32, seed + 100), OLD);
      simulation.add([]);
      simulation.run(5_000);
      expect(partOfFair(simulation, 3)).to.be.above(0.5);
      simulation.run(595_000);
      expect(unevenness(simulation.rates())).to.be.below(0.4);
      expect(simulation.movesBetween(0, simulation.nowMs)).to.be.below(150);
      expect(simulation.movesBetween(simulation.nowMs - 120_000, simulation.nowMs)).to.be.below(20);
    }
  });

  it('does not throw one hot connection to and fro', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const simulation = new MoveSimulation({ seed, noise: 0.2 });
      simulation.add([...connectionsOf(1, 600), ...connectionsOf(20, 2)], OLD);
      simulation.add(connectionsOf(20, 2), OLD);
      simulation.run(300_000);
      const afterMs = simulation.nowMs;
      simulation.run(600_000);
      expect(simulation.movesBetween(0, afterMs)).to.be.below(150);
      expect(simulation.movesBetween(afterMs, simulation.nowMs)).to.be.below(60);
    }
  });

  it('parts dear requests from cheap ones by utilization, and leaves it at that', () => {
    const simulation = new MoveSimulation({ noise: 0.1 });
    simulation.add(connectionsOf(30, 0.3, 100), OLD);
    simulation.add(connectionsOf(30, 20, 0.5), OLD);
    simulation.run(10_000);
    expect(simulation.workers[0]?.connections.length).to.be.within(18, 25);
    const afterMs = simulation.nowMs;
    simulation.run(300_000);
    expect(simulation.movesBetween(afterMs, simulation.nowMs)).to.equal(0);
  });
});
