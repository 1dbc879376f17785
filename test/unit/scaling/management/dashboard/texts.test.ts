import { expect } from 'chai';
import {
  byHandSentence,
  confirmPause,
  confirmReload,
  confirmReset,
  confirmRestart,
  confirmRestartWorker,
  confirmResume,
  confirmScale,
  confirmSilence,
  confirmStop,
  confirmUnsilence,
} from '../../../../../src/scaling/management/dashboard/browser/confirmation.ts';
import { takeEvents } from '../../../../../src/scaling/management/dashboard/browser/event-text.ts';
import {
  showBytes,
  showCount,
  showMs,
  showPercent,
  showSpan,
} from '../../../../../src/scaling/management/dashboard/browser/figures.ts';
import {
  type AlertNews,
  allAlerts,
  breakerFindings,
  healthFindings,
  withAlert,
} from '../../../../../src/scaling/management/dashboard/browser/health-view.ts';
import { describeLink, retryDelayMs } from '../../../../../src/scaling/management/dashboard/browser/link.ts';
import type { LiveCluster } from '../../../../../src/scaling/management/dashboard/browser/live-state.ts';
import { filterLines, plainText, sourcesOf } from '../../../../../src/scaling/management/dashboard/browser/log-view.ts';
import { whyNot } from '../../../../../src/scaling/management/dashboard/browser/session.ts';

const CLUSTER = { name: 'shop', desired: 4, ready: 4, addresses: '127.0.0.1:3001' } as LiveCluster;

describe('the dashboard’s texts', () => {
  it('show figures as people read them', () => {
    expect([0, 3, 12.34, 999.6, 12_345.6, null].map(showCount)).to.deep.equal([
      '0',
      '3',
      '12.3',
      '1,000',
      '12,346',
      '–',
    ]);
    expect([0.12, 9.96, 42.4, 1_234, 25_000, null].map(showMs)).to.deep.equal([
      '0.1 ms',
      '10.0 ms',
      '42 ms',
      '1.2 s',
      '25 s',
      '–',
    ]);
    expect([52_000_000, 2_100_000_000, null].map(showBytes)).to.deep.equal(['52 MB', '2.10 GB', '–']);
    expect([59_999, 3_599_999, 7_260_000, 90_000_000].map(showSpan)).to.deep.equal([
      '59 s',
      '59 min',
      '2 h 1 min',
      '1 d 1 h',
    ]);
    expect([showPercent(0.1234), showPercent(0.1234, 2), showPercent(null)]).to.deep.equal(['12 %', '12.34 %', '–']);
  });

  it('cut one event after the other out of a stream, and wait for the rest', () => {
    expect(takeEvents('event: change\ndata: {"a":1}\n\n: alive\n\nevent: x')).to.deep.equal({
      events: [
        { name: 'change', data: '{"a":1}' },
        { name: '', data: '' },
      ],
      rest: 'event: x',
    });
    expect(takeEvents('event: x\ndata: {}\n')).to.deep.equal({ events: [], rest: 'event: x\ndata: {}\n' });
  });

  it('say whether the figures are of now', () => {
    const open = { phase: 'open', figuresAtMs: 10_000, retryAtMs: 0 } as const;
    expect(describeLink(open, 12_000)).to.deep.equal({ text: 'live', tone: 'good', stale: false });
    expect(describeLink(open, 18_000)).to.deep.equal({ text: 'stale, figures 8 s old', tone: 'warn', stale: true });
    expect(describeLink({ phase: 'lost', figuresAtMs: 10_000, retryAtMs: 14_500 }, 12_000)).to.deep.equal({
      text: 'disconnected, figures 2 s old, next attempt in 3 s',
      tone: 'bad',
      stale: true,
    });
    expect(describeLink({ phase: 'connecting', figuresAtMs: 0, retryAtMs: 0 }, 12_000).text).to.equal('connecting');
  });

  it('space attempts further apart with each that fails, and not in step with other pages', () => {
    expect([0, 1, 2, 3, 9].map((failures) => retryDelayMs(failures, 0.5))).to.deep.equal([
      500, 1_000, 2_000, 4_000, 15_000,
    ]);
    expect([retryDelayMs(1, 0), retryDelayMs(1, 1)]).to.deep.equal([800, 1_200]);
  });

  it('say why a button is not for this reader', () => {
    const viewer = { role: 'viewer', name: 'token 12', csrfToken: null } as const;
    expect(whyNot(viewer, 'operator')).to.equal('This takes an operator; you are here as a viewer.');
    expect(whyNot({ ...viewer, role: 'operator' }, 'admin')).to.equal(
      'This takes an admin; you are here as an operator.',
    );
    expect(whyNot({ ...viewer, role: 'admin' }, 'operator')).to.equal(null);
    expect(whyNot(null, 'viewer')).to.equal('Log in first.');
  });
});

describe('what is said before an action', () => {
  it('tells what a scaling does, in both directions, and for how long', () => {
    const up = confirmScale(CLUSTER, 6, '1h');
    expect([up.title, up.yes, up.grave]).to.deep.equal(['Scale from 4 to 6 workers?', 'Scale to 6', false]);
    expect(up.sentences).to.deep.equal([
      '2 workers will start and take connections when ready.',
      'After 1 hour the scaler decides again.',
    ]);
    const down = confirmScale(CLUSTER, 3, 'forever');
    expect(down.grave).to.equal(true);
    expect(down.sentences[0]).to.match(/^1 worker will leave: no new connections/);
    expect(down.sentences[1]).to.equal('The scaler decides again only after Resume.');
    expect(confirmScale(CLUSTER, 4, '').sentences[0]).to.equal('The number stays 4, and the scaler leaves it alone.');
  });

  it('warns of what can not be taken back', () => {
    expect([confirmReload, confirmPause].map((ask) => ask(CLUSTER).grave)).to.deep.equal([false, false]);
    expect([confirmRestart, confirmStop].map((ask) => ask(CLUSTER).grave)).to.deep.equal([true, true]);
    expect(confirmStop(CLUSTER).sentences[0]).to.include('127.0.0.1:3001 will not answer any more');
    expect([confirmReset(null).title, confirmReset('redis').title]).to.deep.equal([
      'Close all circuit breakers?',
      'Close the circuit breaker redis?',
    ]);
  });

  it('says what the restart of one worker and a silence do', () => {
    expect(confirmRestartWorker(3)).to.deep.include({ title: 'Restart worker 3?', grave: false });
    expect(confirmSilence('health/memory', '8h')).to.deep.include({
      title: 'Silence health/memory for 8 hours?',
      grave: false,
    });
    expect(confirmSilence('health/*', '1h').sentences[1]).to.match(/^\* stands for any characters/);
    expect(confirmSilence('*', '1h').grave).to.equal(true);
    expect(confirmUnsilence('health/*').title).to.equal('End the silence of health/*?');
  });

  it('tells who holds the number by hand, until when and why', () => {
    const pin = { instances: 6, untilMs: 600_000, by: 'token 12', reason: 'sale' };
    expect(byHandSentence({ pin, paused: null }, 0)).to.equal('Held at 6 by token 12 for another 10 min (sale).');
    expect(byHandSentence({ pin: { ...pin, untilMs: null, reason: '' }, paused: null }, 0)).to.equal(
      'Held at 6 by token 12 until resume.',
    );
    expect(byHandSentence({ pin, paused: { by: 'me', reason: '' } }, 0)).to.equal('Automatic scaling is paused by me.');
    expect(byHandSentence({ pin: null, paused: null }, 0)).to.equal('');
    expect(confirmResume({ pin, paused: true }).sentences).to.have.lengthOf(3);
  });
});

describe('health, alerts and log', () => {
  it('list what is worst first', () => {
    const sentence = '';
    const body = {
      probes: {
        memory: { level: 'ok', sentence },
        cpu: { level: 'critical', sentence },
        disk: { level: 'unknown', sentence },
      },
      dependencies: { redis: { level: 'warning', sentence } },
    };
    expect(healthFindings(body).map(({ name, tone }) => [name, tone])).to.deep.equal([
      ['cpu', 'bad'],
      ['redis', 'warn'],
      ['disk', 'idle'],
      ['memory', 'good'],
    ]);
    expect(healthFindings({})).to.deep.equal([]);
  });

  it('keep one entry for each trouble that fires, and those that are over after them', () => {
    const alert = (key: string, state: string, startedAtMs: number, atMs: number): AlertNews => ({
      key,
      state,
      severity: 'warning',
      sentence: '',
      startedAtMs,
      atMs,
    });
    const news = [alert('a', 'firing', 1, 1), alert('b', 'resolved', 1, 5), alert('c', 'resolved', 2, 9)];
    const all = allAlerts([alert('a', 'firing', 1, 1)], news);
    expect(all.map(({ key, state }) => `${key} ${state}`)).to.deep.equal(['a firing', 'c resolved', 'b resolved']);
    const worse = withAlert(all, { ...alert('a', 'firing', 1, 10), severity: 'critical' });
    expect(worse.map(({ key, severity }) => `${key} ${severity}`)).to.deep.equal([
      'a critical',
      'c warning',
      'b warning',
    ]);
    expect(withAlert(worse, alert('a', 'resolved', 1, 20)).map(({ state }) => state)).to.deep.equal(
      Array(3).fill('resolved'),
    );
  });

  it('show open breakers first, which alone can be reset', () => {
    const found = breakerFindings({
      'worker-0': { state: 'closed', successRate: 1 },
      redis: { state: 'open', lastFailure: 'ECONNREFUSED' },
      odd: null,
    });
    expect(found.map(({ name, text, canReset }) => [name, text, canReset])).to.deep.equal([
      ['redis', 'ECONNREFUSED', true],
      ['odd', '', false],
      ['worker-0', '100 % succeed', false],
    ]);
  });

  it('filter lines by source, stream and text, without the colours of a terminal', () => {
    const line = (source: string, stream: string, text: string) => ({ atMs: 0, source, stream, text });
    const lines = [line('w10', 'stdout', 'GET /'), line('tidegate', 'stdout', 'ready'), line('w2', 'stderr', 'Oh no')];
    expect(filterLines(lines, { source: 'w2', text: 'oh', errorsOnly: true })).to.deep.equal([lines[2]]);
    expect(filterLines(lines, { source: '', text: '', errorsOnly: false })).to.have.lengthOf(3);
    expect(sourcesOf(lines)).to.deep.equal(['tidegate', 'w2', 'w10']);
    expect(plainText('\u001b[31mred\u001b[0m \u001b[1;2Hplain')).to.equal('red plain');
  });
});
