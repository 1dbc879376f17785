import { expect } from 'chai';
import type { BoardEntry, BoardNews } from '../../../../../../src/scaling/state/jobs/embedded/board-job.ts';
import { JobBoard } from '../../../../../../src/scaling/state/jobs/embedded/job-board.ts';

const Q = 'mail';
const LEASE_MS = 1_000;
const ANNE = 1;
const BOB = 2;

function entry(id: string, given: Partial<BoardEntry> = {}): BoardEntry {
  return {
    ...{ id, data: '1', priority: 0, delayMs: 0, attempts: 1, maxLosses: 2 },
    backoff: { delayMs: 0, maxDelayMs: 0, jitter: 0 },
    keep: { count: 10, ageMs: 60_000 },
    ...given,
  };
}

describe('a job board', () => {
  let news: BoardNews[];
  let board: JobBoard;

  beforeEach(() => {
    news = [];
    board = new JobBoard({
      tokensAbove: 100,
      tell: (one) => news.push(one),
      limits: { jobs: 5, bytes: 10_000, queues: 2 },
    });
  });

  const add = (id: string, given: Partial<BoardEntry> = {}, nowMs = 0) => board.add(Q, entry(id, given), nowMs);
  const claim = (owner: number, max: number, nowMs: number) => board.claim(Q, owner, max, LEASE_MS, nowMs).jobs;
  const ids = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id).join(' ');
  const state = (id: string) => board.get(Q, id)?.phase.state;

  it('gives each job to one worker, each under a token above all before', () => {
    add('a');
    add('b');
    const [a] = claim(ANNE, 1, 5);
    const [b] = claim(BOB, 5, 5);
    expect(a).to.include({ id: 'a', token: 101, attempt: 1 });
    expect(b).to.include({ id: 'b', token: 102, attempt: 1 });
    expect(claim(BOB, 5, 5)).to.deep.equal([]);
  });

  it('adds an id once', () => {
    expect(add('a', { data: '1' })).to.equal('added');
    expect(add('a', { data: '2' })).to.equal('known');
    expect(board.get(Q, 'a')?.data).to.equal('1');
  });

  it('takes back at once what a worker had whose connection ended, and puts it first among its equals', () => {
    for (const id of ['a', 'b', 'c']) add(id);
    claim(ANNE, 2, 0);
    expect(board.ownerGone(ANNE, 10)).to.equal(2);
    expect(ids(claim(BOB, 5, 10))).to.equal('a b c');
  });

  it('takes back what is not renewed in time, and refuses the late worker from then on', () => {
    add('a');
    const [first] = claim(ANNE, 1, 0);
    const lease = { id: 'a', token: Number(first?.token) };
    expect(board.renew(Q, [lease], LEASE_MS, 900)).to.deep.equal([]);
    board.tick(1_899);
    expect(state('a')).to.equal('active');
    board.tick(1_900);
    expect(state('a')).to.equal('waiting');
    expect(board.renew(Q, [lease], LEASE_MS, 1_901)).to.deep.equal(['a']);
    const [second] = claim(BOB, 1, 1_902);
    expect(board.complete(Q, lease, '"late"', 1_903)).to.equal(false);
    expect(board.progress(Q, lease, '1')).to.equal(false);
    expect(board.handBack(Q, lease, 1_903)).to.equal(false);
    expect(board.fail(Q, { ...lease, error: 'x', retryInMs: 0, permanent: false }, 1_903)).to.equal('stale');
    expect(state('a')).to.equal('active');
    expect(board.complete(Q, { id: 'a', token: Number(second?.token) }, '"in time"', 1_904)).to.equal(true);
    expect(board.get(Q, 'a')?.phase).to.deep.equal({ state: 'completed', result: '"in time"', finishedAtMs: 1_904 });
  });

  it('fails a job that was lost more often than it may, for it may be what kills its workers', () => {
    add('a', { maxLosses: 1, attempts: 9 });
    claim(ANNE, 1, 0);
    board.ownerGone(ANNE, 1);
    claim(BOB, 1, 2);
    board.ownerGone(BOB, 3);
    expect(state('a')).to.equal('failed');
    expect(news.at(-1)).to.deep.equal({
      type: 'event',
      queue: Q,
      event: { type: 'failed', id: 'a', error: 'lost with its worker 2 times; 1 are allowed' },
    });
  });

  it('counts a hand-back neither as an attempt nor as a loss', () => {
    add('a', { maxLosses: 0 });
    for (let time = 0; time < 5; time += 1) {
      const [job] = claim(ANNE, 1, time);
      expect(job?.attempt).to.equal(1);
      expect(board.handBack(Q, { id: 'a', token: Number(job?.token) }, time)).to.equal(true);
    }
    expect(state('a')).to.equal('waiting');
  });

  it('tries again after the pause, and gives up after the last attempt', () => {
    add('a', { attempts: 2 });
    const fail = (token: number, nowMs: number) =>
      board.fail(Q, { id: 'a', token, error: 'no', retryInMs: 50, permanent: false }, nowMs);
    expect(fail(Number(claim(ANNE, 1, 0)[0]?.token), 10)).to.equal('retried');
    expect(board.claim(Q, ANNE, 1, LEASE_MS, 59)).to.deep.equal({ jobs: [], nextDueInMs: 1 });
    const [again] = claim(ANNE, 1, 60);
    expect(again?.attempt).to.equal(2);
    expect(fail(Number(again?.token), 70)).to.equal('failed');
    expect(board.stats(Q)).to.deep.equal({ waiting: 0, delayed: 0, active: 0, completed: 0, failed: 1 });
  });

  it('wakes workers once when there is work for those that found none', () => {
    add('a');
    expect(news).to.deep.equal([]);
    claim(ANNE, 2, 0);
    add('b', { delayMs: 100 }, 0);
    expect(news).to.deep.equal([]);
    board.tick(100);
    expect(news).to.deep.equal([{ type: 'wake', queue: Q }]);
    add('c');
    expect(news).to.have.length(1);
  });

  it('cancels what is waiting or delayed, and nothing that was begun', () => {
    add('a');
    add('b', { delayMs: 100 });
    add('c');
    claim(ANNE, 1, 0);
    expect(['a', 'b', 'c', 'd'].map((id) => board.cancel(Q, id))).to.deep.equal([false, true, true, false]);
    expect(board.stats(Q)).to.deep.equal({ waiting: 0, delayed: 0, active: 1, completed: 0, failed: 0 });
    expect(claim(BOB, 5, 200)).to.deep.equal([]);
  });

  it('forgets finished jobs by number and by age', () => {
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      add(id, { keep: { count: 2, ageMs: 1_000 } });
      const [job] = claim(ANNE, 1, index);
      board.complete(Q, { id, token: Number(job?.token) }, 'null', index);
    }
    expect(['a', 'b', 'c'].map(state)).to.deep.equal([undefined, 'completed', 'completed']);
    board.tick(1_001);
    expect(['b', 'c'].map(state)).to.deep.equal([undefined, 'completed']);
  });

  it('makes room by finished jobs, and refuses new ones rather than lose unfinished ones', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) expect(add(id)).to.equal('added');
    expect(add('f')).to.equal('full');
    const [job] = claim(ANNE, 1, 0);
    board.complete(Q, { id: 'a', token: Number(job?.token) }, 'null', 1);
    expect(add('f')).to.equal('added');
    expect(state('a')).to.equal(undefined);
    expect(board.add('other', entry('x', { data: 'x'.repeat(6_000) }), 0)).to.equal('full');
  });

  it('weighs what jobs carry', () => {
    expect(add('big', { data: 'x'.repeat(4_000) })).to.equal('added');
    expect(add('too big', { data: 'x'.repeat(4_000) })).to.equal('full');
    expect(board.cancel(Q, 'big')).to.equal(true);
    expect(add('too big', { data: 'x'.repeat(4_000) })).to.equal('added');
  });
});
