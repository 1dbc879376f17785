import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { frame, type Size } from '../../../../src/cli/top/frame.ts';
import { observed, press, type Snapshot, START, sortedWorkers, type TopModel } from '../../../../src/cli/top/model.ts';
import { keysOf } from '../../../../src/cli/top/screen.ts';
import type { ClusterStatus } from '../../../../src/ipc/status.ts';
import { MemoryServices, STARTED_AT_MS, testSample, testWorker } from '../../../helpers/management-services.ts';

const plainPaint = (_colour: string, text: string): string => text;
const painted = (_colour: string, text: string): string => `\u001b[31m${text}\u001b[0m`;

function snapshot(workers: number, requests = 0, atMs = STARTED_AT_MS + 60_000): Snapshot {
  const status: ClusterStatus = {
    ...new MemoryServices().state,
    desired: workers,
    ready: workers,
    workers: Array.from({ length: workers }, (_, slot) => ({
      ...testWorker(slot),
      sampleAtMs: atMs,
      sample: { ...testSample(requests * (slot + 1)), cpu: slot / 10, rssBytes: 1_000_000 * (100 - slot) },
    })),
  };
  return {
    atMs,
    status,
    decision: 'Held at 2 workers.',
    trends: [{ id: 1, bytesPerHour: 5_000_000, limitInMs: 7_200_000 }],
  };
}

function model(workers: number, changes: Partial<TopModel> = {}): TopModel {
  return { ...START, label: 'shop', snapshot: snapshot(workers), ...changes };
}

const widths = (lines: readonly string[]): number[] => lines.map((line) => stripVTControlCharacters(line).length);

describe('the picture of tidegate top', () => {
  it('fills the terminal exactly, whatever its size, its workers and its colours', () => {
    const texts = fc.string({ maxLength: 300, unit: 'binary' });
    fc.assert(
      fc.property(
        fc.record({ columns: fc.integer({ min: 1, max: 240 }), rows: fc.integer({ min: 1, max: 70 }) }),
        fc.integer({ min: 0, max: 80 }),
        fc.constantFrom('workers', 'explain', 'logs', 'help'),
        texts,
        fc.nat(100),
        fc.boolean(),
        (size: Size, workers, view, text, scrolled, colours) => {
          const logs = [{ atMs: 0, source: 'w1', stream: 'stdout', text } as const];
          const given = model(workers, { view, logs, explanation: [text], scrolled, notice: { text, isBad: true } });
          const lines = frame(given, size, colours ? painted : plainPaint);
          expect(lines).to.have.length(size.rows);
          expect(Math.max(...widths(lines))).to.be.at.most(size.columns);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
          expect(stripVTControlCharacters(lines.join(''))).to.not.match(/[\u0000-\u001f\u007f-\u009f]/);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has the workers, the last decision and the keys at 80×24', () => {
    const lines = frame(model(2), { columns: 80, rows: 24 }, plainPaint);
    expect(lines[0]).to.equal('shop · 2/2 ready · up 1m · 127.0.0.1:3001');
    expect(lines[1]).to.equal('scaling: Held at 2 workers.');
    expect(lines[3]).to.match(/^slot +id +state +cpu +elu +memory +requests +connections$/);
    expect(lines[4]).to.match(/^ +0 +w1 +ready +0 % +25 % +95\.4 MiB +- +8$/);
    expect(lines[23]).to.match(/^q quit .* h help$/);
  });

  it('has more to tell at 200×50: growth of memory, and the time to the limit', () => {
    const lines = frame(model(2), { columns: 200, rows: 50 }, plainPaint);
    expect(lines[3]).to.match(/growth +to limit +pid +uptime +restarts$/);
    expect(lines[4]).to.match(/\+4\.8 MiB\/h +2h +4000 +1m +0$/);
  });

  it('says how many workers there is no room for, and scrolls to them', () => {
    const size = { columns: 80, rows: 12 };
    const lines = frame(model(40), size, plainPaint);
    expect(lines.join('\n')).to.match(/… \d+ more/);
    const end = frame(model(40, { scrolled: 99 }), size, plainPaint).join('\n');
    expect(end).to.include(' w40 ').and.not.include('more (');
  });

  it('breaks an answer that is longer than a line, and shows where a line of the log is cut', () => {
    const text = 'instances: given 99; must be a whole number from 1 to 10 (MIN_INSTANCES to MAX_INSTANCES)';
    const logs = [{ atMs: 0, source: 'w1', stream: 'stdout', text } as const];
    const given = model(2, { view: 'logs', logs, notice: { text, isBad: true } });
    const lines = frame(given, { columns: 80, rows: 24 }, plainPaint);
    expect(lines[3])
      .to.match(/^\d\d:\d\d:\d\d w1 {7}instances: given 99; .*…$/)
      .and.to.have.length(80);
    expect(lines.slice(21, 23).join(' ')).to.equal(text);
  });
});

describe('keys of tidegate top', () => {
  const pressAll = (keys: string, from = model(2)): ReturnType<typeof press> => {
    let pressed: ReturnType<typeof press> = { model: from };
    for (const key of keysOf(keys)) pressed = press(pressed.model, key);
    return pressed;
  };

  it('sort by the next figure, the highest first', () => {
    const order = (keys: string): number[] => sortedWorkers(pressAll(keys, model(3)).model).map(({ id }) => id);
    expect([order(''), order('s'), order('ss'), order('sssss')]).to.deep.equal([
      [1, 2, 3],
      [3, 2, 1],
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const once = observed(model(3), snapshot(3, 0));
    const twice = observed(once, snapshot(3, 50, STARTED_AT_MS + 61_000));
    expect(sortedWorkers({ ...twice, sort: 'requests' }).map(({ id }) => id)).to.deep.equal([3, 2, 1]);
  });

  it('do not lose a rate to a snapshot without news of the worker', () => {
    const twice = observed(observed(model(1), snapshot(1, 0)), snapshot(1, 50, STARTED_AT_MS + 62_000));
    const { status, ...rest } = snapshot(1, 50, STARTED_AT_MS + 62_000);
    const again = observed(twice, { ...rest, status, atMs: STARTED_AT_MS + 62_100 });
    expect([twice, again].map(({ rates }) => rates.get(1)?.perSecond)).to.deep.equal([25, 25]);
    const restarted = observed(again, { ...rest, status: { ...status, workers: [testWorker(1)] } });
    expect([...restarted.rates.keys()]).to.deep.equal([2]);
  });

  it('scale by one, never below one', () => {
    expect(pressAll('+').wish).to.deep.equal({ kind: 'scale', instances: 3 });
    expect(pressAll('-').wish).to.deep.equal({ kind: 'scale', instances: 1 });
    const least = pressAll('-', model(1));
    expect([least.wish, least.model.notice?.isBad]).to.deep.equal([undefined, true]);
  });

  it('take a number of workers, corrected and confirmed', () => {
    expect(pressAll('c12\u007f\r').wish).to.deep.equal({ kind: 'scale', instances: 1 });
    expect(pressAll('c0\r').wish).to.equal(undefined);
    expect(pressAll('c7\u001b').model.prompt).to.equal(null);
    expect(pressAll('cx').model.prompt).to.deep.equal({ kind: 'scale', typed: '' });
  });

  it('reload only after a yes', () => {
    expect(pressAll('r').wish).to.equal(undefined);
    expect(pressAll('ry').wish).to.deep.equal({ kind: 'reload' });
    expect(pressAll('rn').wish).to.equal(undefined);
    expect(pressAll('rx').model.prompt).to.equal(null);
  });

  it('quit from the workers, go back from elsewhere, and always quit by Ctrl-C', () => {
    expect(pressAll('q').wish).to.deep.equal({ kind: 'quit' });
    expect(pressAll('hq').model.view).to.equal('workers');
    expect(pressAll('hq').wish).to.equal(undefined);
    for (const before of ['', 'h', 'c4', 'r', 'l'])
      expect(pressAll(`${before}\u0003`).wish).to.deep.equal({ kind: 'quit' });
  });

  it('come one by one, arrows as one key', () => {
    expect(keysOf('a\u001b[B\u001b[Aé\u001b')).to.deep.equal(['a', '\u001b[B', '\u001b[A', 'é', '\u001b']);
    expect(pressAll('\u001b[B\u001b[B\u001b[A', model(5)).model.scrolled).to.equal(1);
  });
});
