import { expect } from 'chai';
import {
  INITIAL_REBALANCE_STATE,
  type Move,
  planMoves,
  type RebalanceState,
  type WorkerLoad,
} from '../../../../src/scaling/balancing/rebalance.ts';

const START_MS = 1_000_000;

/** A worker as busy as its requests: 1 ms of CPU each. */
const worker = (
  id: number,
  connections: number,
  requestRate: number,
  difference: Partial<WorkerLoad> = {},
): WorkerLoad => ({
  id,
  weight: 1,
  connections,
  inFlight: Math.ceil(requestRate / 100),
  requestRate,
  elu: requestRate / 1_000,
  readyAtMs: 0,
  ...difference,
});

/** The moves of `rounds` rounds 100 ms apart, with figures that never change. */
function plan(
  loads: readonly WorkerLoad[],
  rounds = 1,
  from: RebalanceState = INITIAL_REBALANCE_STATE,
  startMs = START_MS,
) {
  const moves: Move[] = [];
  const perRound: number[] = [];
  let state = from;
  for (let round = 0; round < rounds; round++) {
    const planned = planMoves(loads, state, startMs + round * 100);
    state = planned.state;
    moves.push(...planned.moves);
    perRound.push(planned.moves.reduce((sum, { count }) => sum + count, 0));
  }
  return { moves, perRound, state, total: perRound.reduce((sum, count) => sum + count, 0) };
}

describe('planMoves', () => {
  it('plans nothing for no worker, for one, and for even ones', () => {
    expect(plan([]).moves).to.deep.equal([]);
    expect(plan([worker(1, 64, 800)], 20).moves).to.deep.equal([]);
    expect(plan([worker(1, 30, 400), worker(2, 34, 430)], 20).moves).to.deep.equal([]);
  });

  it('moves what is needed to even out the request rate, paced, from the busiest to the least busy', () => {
    const loads = [worker(1, 32, 640), worker(2, 32, 640), worker(3, 0, 0, { readyAtMs: START_MS })];
    // Workers 1 and 2 have 10.7 too many each, 22 in all: ⌈22 / 10⌉ in the first round, a tenth of the rest in each that follows.
    const { perRound, moves } = plan(loads, 17);
    expect(perRound).to.deep.equal([3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(moves[0]).to.deep.equal({ from: 1, to: 3, count: 2 });
    expect(moves[1]).to.deep.equal({ from: 2, to: 3, count: 1 });
    expect(moves.every(({ from, to }) => from !== 3 && to === 3)).to.equal(true);
  });

  it('counts connections by what they carry: dear ones are fewer', () => {
    const many = plan([worker(1, 100, 600), worker(2, 0, 0)], 25).total;
    const few = plan([worker(1, 10, 600), worker(2, 0, 0)], 15).total;
    expect([many, few]).to.deep.equal([50, 5]);
  });

  it('never moves more than 24 a round', () => {
    expect(Math.max(...plan([worker(1, 9_000, 900), worker(2, 0, 0)], 20).perRound)).to.equal(24);
  });

  it('takes weights into account', () => {
    const even = [worker(1, 16, 250), worker(2, 48, 750, { weight: 3 })];
    expect(plan(even, 20).moves).to.deep.equal([]);
    expect(plan([worker(1, 32, 500), worker(2, 32, 500, { weight: 3 })], 1).moves).to.deep.equal([
      { from: 1, to: 2, count: 2 },
    ]);
  });

  it('is quiet when nothing is to be gained', () => {
    // One connection, however hot; two of the same worker are parted.
    expect(plan([worker(1, 1, 900), worker(2, 0, 0)], 20).moves).to.deep.equal([]);
    expect(plan([worker(1, 2, 900), worker(2, 0, 0)], 20).moves).to.deep.equal([{ from: 1, to: 2, count: 1 }]);
    // A few idle connections.
    expect(plan([worker(1, 10, 0), worker(2, 0, 0)], 20).moves).to.deep.equal([]);
    // A difference that chance makes at so few requests: 6 a second against 2.
    expect(plan([worker(1, 12, 6, { elu: 0.3 }), worker(2, 12, 2, { elu: 0.1 })], 20).moves).to.deep.equal([]);
  });

  it('takes only movable connections, and leaves a worker without any alone', () => {
    const { moves } = plan([worker(1, 40, 800, { movable: 0 }), worker(2, 40, 500), worker(3, 0, 0)], 15);
    expect(moves.length).to.be.above(3);
    expect(moves.every(({ from }) => from === 2)).to.equal(true);
    // 30 WebSockets beside 2 movable connections, which carry all the requests.
    expect(plan([worker(1, 32, 800, { movable: 2 }), worker(2, 0, 0)], 20).total).to.equal(1);
  });

  it('does not let a worker give before it has settled', () => {
    const young = worker(1, 60, 900, { readyAtMs: START_MS - 1_000 });
    expect(plan([young, worker(2, 0, 0)], 10).moves).to.deep.equal([]);
    expect(plan([young, worker(2, 0, 0)], 30).total).to.be.above(0);
  });

  it('gives nothing to a worker that completes little because it is stuck or busy', () => {
    const busy = worker(1, 32, 800, { inFlight: 8 });
    const other = worker(2, 32, 780, { inFlight: 8 });
    expect(plan([busy, other, worker(3, 32, 10, { inFlight: 32, elu: 0.5 })], 10).moves).to.deep.equal([]);
    expect(plan([busy, other, worker(3, 32, 100, { inFlight: 2, elu: 1 })], 10).moves).to.deep.equal([]);
    expect(plan([busy, other, worker(3, 32, 100, { inFlight: 2, elu: 0.1 })], 10).total).to.be.above(0);
  });

  it('ignores the utilization of a worker that is still starting up', () => {
    const starting = worker(3, 0, 0, { elu: 1, readyAtMs: START_MS });
    expect(plan([worker(1, 32, 400), worker(2, 32, 400), starting], 10).total).to.be.above(8);
  });

  it('goes by utilization when the busier worker completes fewer, dearer requests', () => {
    const dear = worker(1, 30, 9, { elu: 0.9, inFlight: 3 });
    const { moves } = plan([dear, worker(2, 30, 600, { elu: 0.3, inFlight: 3 })], 20);
    expect(moves.length).to.be.above(3);
    expect(moves.every(({ from, to }) => from === 1 && to === 2)).to.equal(true);
  });

  it('evens out idle connections slowly', () => {
    const { perRound } = plan([worker(1, 200, 0), worker(2, 0, 0), worker(3, 0, 0)], 30);
    expect(Math.max(...perRound)).to.equal(3);
    expect(perRound[0]).to.equal(3);
  });

  it('waits for the figures when the load changes its kind', () => {
    const idle = plan([worker(1, 200, 0), worker(2, 0, 0)], 5);
    expect(idle.state.basis).to.equal('connections');
    const switched = plan([worker(1, 200, 900), worker(2, 0, 0)], 1, idle.state, START_MS + 500).state;
    // What was moved was counted in connections, and must not be taken for requests.
    expect([...switched.workers.values()].map(({ unreported, unsmoothed }) => [unreported, unsmoothed])).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
    const busy = plan([worker(1, 200, 900), worker(2, 0, 0)], 30, idle.state, START_MS + 500);
    expect(busy.state.basis).to.equal('rate');
    const first = busy.perRound.findIndex((count, index) => index > 1 && count > 0);
    expect(first).to.be.above(19);
  });

  it('waits after an episode, and does not let who gave receive at once', () => {
    const before = plan([worker(1, 40, 800), worker(2, 0, 0)], 30);
    const endMs = START_MS + 3_000;
    // At once it is the other way round, as after a client has left.
    const turned = [worker(1, 10, 50), worker(2, 30, 750)];
    expect(plan(turned, 15, before.state, endMs).moves).to.deep.equal([]);
    const { moves } = plan(turned, 100, before.state, endMs);
    expect(moves.length).to.be.above(0);
    expect(moves.every(({ from, to }) => from === 2 && to === 1)).to.equal(true);
  });

  it('forgets workers that are gone', () => {
    const { state } = plan([worker(1, 32, 640), worker(2, 0, 0)], 5);
    const next = planMoves([worker(2, 10, 200), worker(3, 9, 180)], state, START_MS + 500).state;
    expect([...next.workers.keys()]).to.deep.equal([2, 3]);
  });

  it('is a function of what it is given: the same again, nothing changed', () => {
    const loads = [worker(1, 32, 640), worker(2, 0, 0)].map((load) => Object.freeze(load));
    const { state } = plan(loads, 3);
    const snapshot = structuredClone(state);
    const first = planMoves(loads, state, START_MS + 300);
    expect(planMoves(loads, state, START_MS + 300)).to.deep.equal(first);
    expect(state).to.deep.equal(snapshot);
  });
});
