import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { mergeOf } from '../../src/scaling/history/figures.ts';
import { History } from '../../src/scaling/history/history.ts';
import { HistoryFile } from '../../src/scaling/history/history-file.ts';
import { MAX_SERIES } from '../../src/scaling/history/resolution.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

const DAY_S = 86_400;
const T0 = 1_700_000_040_000 - (1_700_000_040_000 % 60_000);

describe('a day of history', () => {
  it('takes at most 32 MB with as many series as there may be, and answers within 50 ms', function () {
    this.timeout(60_000);
    // 8 s of every minute: memory is a matter of ticks, not of how often they are written.
    const names = Array.from({ length: MAX_SERIES }, (_, index) => `worker.${index}.cpu`);
    const before = process.memoryUsage().arrayBuffers;
    const history = new History(mergeOf);
    const figures = Object.fromEntries(names.map((name) => [name, 0.5]));
    for (let second = 0; second <= DAY_S; second += second % 60 < 8 ? 1 : 52)
      history.note(T0 + second * 1_000, figures);
    const usedBytes = process.memoryUsage().arrayBuffers - before;
    expect(usedBytes / 1_000_000).to.be.within(1, 32);

    const day = { fromMs: T0, toMs: T0 + DAY_S * 1_000 };
    const queries = [
      { ...day, stepMs: 120_000, names: names.slice(0, 30) },
      { ...day, stepMs: 10_000, names: names.slice(0, 5) },
      { fromMs: T0 + (DAY_S - 3_600) * 1_000, toMs: day.toMs, stepMs: 1_000, names: names.slice(0, 30) },
    ];
    for (const query of queries) {
      const times = Array.from({ length: 5 }, () => {
        const startedAtMs = performance.now();
        JSON.stringify(history.query(query));
        return performance.now() - startedAtMs;
      });
      // The quickest of five: what the machine has to do beside is not the query's fault.
      expect(Math.min(...times), JSON.stringify({ ...query, names: query.names.length })).to.be.below(50);
    }
  });
});

describe('a history on disk', () => {
  let directory: string;
  let file: string;
  let said: string[];

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-history-'));
    file = path.join(directory, 'deep', 'history.bin');
    said = [];
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function keep(history: History): HistoryFile {
    return new HistoryFile({ path: file, history, log: (level, message) => said.push(`${level} ${message}`) });
  }

  it('comes back, and leaves nothing else in its directory', async () => {
    const history = new History(mergeOf);
    for (let second = 0; second < 100; second += 1) history.note(T0 + second * 1_000, { cpu: second });
    const writer = keep(history);
    await Promise.all([writer.save(), writer.save()]);
    await writer.close();
    expect(readdirSync(path.dirname(file))).to.deep.equal(['history.bin']);
    const later = new History(mergeOf);
    await keep(later).load(T0 + 200_000);
    const query = { fromMs: T0, toMs: T0 + 99_000, stepMs: 1_000, names: ['cpu'] };
    expect(later.query(query)).to.deep.equal(history.query(query));
    expect(said).to.deep.equal([]);
  });

  it('begins anew when the file is damaged', async () => {
    const history = new History(mergeOf);
    for (let second = 0; second < 10; second += 1) history.note(T0 + second * 1_000, { cpu: second });
    await keep(history).save();
    truncateSync(file, readFileSync(file).length - 10);
    const reader = keep(new History(mergeOf));
    await reader.load(T0);
    expect(said[0]).to.match(
      /^warn .*history\.bin can't be read: it is damaged \(wrong checksum\); the history begins anew$/,
    );
    await reader.close();
    said = [];
    await keep(new History(mergeOf)).load(T0);
    expect(said).to.deep.equal([]);
  });

  it('leaves a file alone that is something else', async () => {
    file = path.join(directory, 'notes.txt');
    writeFileSync(file, 'dear diary');
    const reader = keep(new History(mergeOf));
    await reader.load(T0);
    await reader.close();
    expect(readFileSync(file, 'utf8')).to.equal('dear diary');
    expect(said[0]).to.include('it is not a history of tidegate; name another file').and.include('not kept on disk');
  });

  it('leaves a file alone that it can not read', async () => {
    mkdirSync(path.dirname(file));
    symlinkSync('history.bin', file);
    const reader = keep(new History(mergeOf));
    await reader.load(T0);
    await reader.close();
    expect(lstatSync(file).isSymbolicLink()).to.equal(true);
    expect(said[0]).to.include('ELOOP').and.include('not kept on disk');
  });

  it('says once that it can not be written', async () => {
    const blocker = path.join(directory, 'notes.txt');
    writeFileSync(blocker, '');
    file = path.join(blocker, 'history.bin');
    const writer = keep(new History(mergeOf));
    await writer.save();
    await writer.close();
    expect(said).to.have.length(1);
  });

  it('survives a restart of the runtime, and is served', async function () {
    this.timeout(60_000);
    interface Answer {
      readonly fromMs: number;
      readonly stepMs: number;
      readonly series: Readonly<Record<string, readonly (number | null)[]>>;
    }
    const start = (): Promise<Runtime> =>
      Runtime.start(fixture('http.cjs'), {
        args: ['-i', '1'],
        env: { HISTORY_FILE: file, AUTO_SCALING_ENABLED: 'false' },
      });
    const values = async (runtime: Runtime, query = '', name = 'ready'): Promise<readonly (number | null)[]> =>
      (await runtime.api<Answer>('GET', `/metrics/history?step=1s${query}`)).body.series[name] ?? [];
    let runtime = await start();
    try {
      await until('two seconds', async () => (await values(runtime)).filter((value) => value === 1).length >= 2);
      expect((await values(runtime, '&series=worker.*', 'worker.0.rssBytes')).at(-1)).to.be.above(1_000_000);
      const stoppedAtMs = Date.now();
      await runtime.stop();
      runtime = await start();
      const past = await until('the past', async () => {
        const known = (await values(runtime, `&to=${stoppedAtMs}&from=-1h`)).filter((value) => value === 1);
        return known.length >= 2 && known;
      });
      expect(past.length).to.be.at.least(2);
      const wrong = await runtime.api<{ code: string; detail: string }>(
        'GET',
        '/metrics/history?from=yesterday&step=9',
      );
      expect([wrong.status, wrong.body.code]).to.deep.equal([400, 'INVALID_REQUEST']);
      expect(wrong.body.detail).to.include('a time ago such as -1h').and.include('a duration such as 1s');
    } finally {
      await runtime.kill();
    }
  });
});
