import { expect } from 'chai';
import type {
  LiveCluster,
  LiveReceipt,
  LiveWorker,
} from '../../../../../src/scaling/management/dashboard/browser/live-state.ts';
import { WorkerHistory } from '../../../../../src/scaling/management/dashboard/browser/worker-history.ts';
import {
  clusterNote,
  memorySentence,
  receiptSentence,
  sortWorkers,
  stateOf,
  stateSentences,
} from '../../../../../src/scaling/management/dashboard/browser/worker-view.ts';

const NOW_MS = 1_000_000;
const CLUSTER = { generation: 2, stopping: false, frozen: false, minInstances: 1, maxInstances: 10 } as LiveCluster;

function worker(changes: Partial<LiveWorker> = {}): LiveWorker {
  return {
    id: 1,
    slot: 0,
    phase: 'ready',
    generation: 2,
    startedAtMs: NOW_MS - 60_000,
    readyAtMs: NOW_MS - 59_800,
    sampleAtMs: NOW_MS - 500,
    restarts: 0,
    balanced: true,
    ejected: false,
    recording: null,
    elu: 0.2,
    runDelay: 0,
    loopDelayMs: 1,
    connections: 3,
    rssBytes: 60_000_000,
    ...changes,
  } as LiveWorker;
}

const sentencesOf = (changes: Partial<LiveWorker>): readonly string[] =>
  stateSentences(worker(changes), CLUSTER, NOW_MS);

describe('a worker on the dashboard', () => {
  it('says what explains its state', () => {
    expect(sentencesOf({})).to.deep.equal(['Ready for 59 s, after a start of 200 ms: it takes new connections.']);
    expect(sentencesOf({ phase: 'starting' })[0]).to.match(/^Starting for 1 min: /);
    expect(sentencesOf({ phase: 'draining' })[0]).to.include('finishes 3 that are open');
    expect(sentencesOf({ ejected: true })[0]).to.include('its breaker keeps new connections away');
    expect(sentencesOf({ balanced: false })[0]).to.include('gets no connections');
    expect(sentencesOf({ sampleAtMs: NOW_MS - 9_000 })[0]).to.match(/^Silent for 9 s: its event loop is blocked/);
  });

  it('tells of restarts, of old code and of a busy event loop', () => {
    expect(
      sentencesOf({ restarts: 2, generation: 1, elu: 0.95, runDelay: 0.4, loopDelayMs: 250 }).slice(1),
    ).to.deep.equal([
      'The process in this slot was replaced 2 times after it ended by itself.',
      'It runs the code of generation 1; the current one is 2.',
      'Its event loop is 95 % busy: requests wait for one another.',
      'It waits for a core 40 % of the time: the machine has more to do than cores.',
      'Callbacks run up to 250 ms late.',
    ]);
  });

  it('has a word and a tone for its state', () => {
    expect(stateOf(worker(), NOW_MS)).to.deep.equal({ word: 'ready', tone: 'good' });
    expect(stateOf(worker({ ejected: true }), NOW_MS)).to.deep.equal({ word: 'ejected', tone: 'bad' });
    expect(stateOf(worker({ sampleAtMs: 1 }), NOW_MS)).to.deep.equal({ word: 'silent', tone: 'bad' });
    const pictured = worker({ sampleAtMs: 1, recording: 'heap-snapshot' });
    expect(stateOf(pictured, NOW_MS)).to.deep.equal({ word: 'snapshot', tone: 'warn' });
    expect(sentencesOf({ recording: 'heap-snapshot' })[0]).to.match(/It stands still: a snapshot of its heap/);
    expect(sentencesOf({ recording: 'cpu-profile' })[1]).to.equal('A CPU profile of it is being recorded.');
    expect(stateOf(worker({ phase: 'draining' }), NOW_MS)).to.deep.equal({ word: 'draining', tone: 'warn' });
  });

  it('is sorted by slot, by what needs attention, or by a figure', () => {
    const all = [
      worker({ id: 1, slot: 1, elu: 0.1 }),
      worker({ id: 2, slot: 0, elu: null, phase: 'starting' }),
      worker({ id: 3, slot: 2, elu: 0.9, ejected: true }),
    ];
    const by = (key: Parameters<typeof sortWorkers>[1]) => sortWorkers(all, key).map(({ id }) => id);
    expect([by('slot'), by('state'), by('elu')]).to.deep.equal([
      [2, 1, 3],
      [3, 2, 1],
      [3, 1, 2],
    ]);
  });

  it('tells by its memory when it will be at the limit', () => {
    const sentence = (limitBytes: number, bytesPerHour: number | null, limitInMs: number | null) =>
      memorySentence(worker({ rssBytes: 72_000_000 }), limitBytes, { id: 1, bytesPerHour, limitInMs });
    expect(sentence(100_000_000, 6_000_000, 240_000)).to.equal(
      'Memory 72 MB of 100 MB at which it is replaced; it grows by 6 MB an hour and is there in 4 min.',
    );
    expect(sentence(0, 6_000_000, null)).to.equal(
      'Memory 72 MB, no limit set (MAX_MEMORY_RESTART); it grows by 6 MB an hour.',
    );
    expect(sentence(100_000_000, null, null)).to.match(/; no steady growth is known\.$/);
    expect(memorySentence(worker(), 0, undefined)).to.match(/; no steady growth is known\.$/);
  });

  it('has a past that is kept while it lives', () => {
    const history = new WorkerHistory();
    const at = (sampleAtMs: number, rate: number) => {
      const one = worker({ sampleAtMs, rate });
      history.take({ atMs: 0, cluster: null, workers: new Map([[1, one]]), receipts: [] });
    };
    at(11_000, 10);
    at(11_000, 10);
    at(12_000, 20);
    at(17_000, 30);
    expect(history.ratesOf(1)).to.deep.equal([10, 20, 30]);
    history.take({ atMs: 0, cluster: null, workers: new Map(), receipts: [] });
    expect(history.ratesOf(1)).to.deep.equal([]);
  });

  it('leaves a receipt that adds up', () => {
    const receipt = {
      durationMs: 1_500,
      reason: 'scale-down',
      openAtStart: 4,
      acceptedSince: 1,
      finished: 1,
      moved: 3,
      closedByClient: 1,
      cut: 0,
    };
    expect(receiptSentence(receipt as LiveReceipt)).to.equal(
      'Left after 1.5 s (scale-down): of 5 connections 1 finished, 3 moved to other workers, 1 closed by clients, 0 cut.',
    );
  });

  it('and the others together are described by what is under way', () => {
    expect(clusterNote(CLUSTER, 0, 0)).to.equal('limits 1 to 10');
    expect(clusterNote(CLUSTER, 2, 1)).to.equal('2 workers starting, 1 leaving');
    expect(clusterNote({ ...CLUSTER, frozen: true, failedStarts: 5 }, 1, 0)).to.equal(
      'crash loop: growth frozen after 5 failed starts',
    );
    expect(clusterNote({ ...CLUSTER, stopping: true }, 0, 3)).to.equal('stopping');
  });
});
