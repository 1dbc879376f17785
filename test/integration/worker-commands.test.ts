/** Commands to single workers over the control API, and their verbs of the command line. */

import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { formatByteSize } from '../../config/byte-size.ts';
import type { Recording, RecordingWish } from '../../src/ipc/recording.ts';
import { ManagementFixture, statusAndCode } from '../helpers/management-fixture.ts';
import { runCli } from '../unit/cli/cli-run.ts';

const PROFILE = '{"nodes":[],"samples":[]}';

describe('commands to single workers', () => {
  let fixture: ManagementFixture;
  let directory: string;
  let asked: { readonly id: number; readonly wish: RecordingWish }[];
  let signals: AbortSignal[];
  let removed: Promise<void>;
  let noteRemoved: () => void;
  /** Rejects, or waits, in the place of a worker. */
  let work: () => Promise<void>;

  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-'));
    fixture = await ManagementFixture.start();
    asked = [];
    signals = [];
    removed = new Promise((resolve) => {
      noteRemoved = resolve;
    });
    work = async () => {};
    fixture.services.workers = {
      restart: async (id, by, reason) => {
        fixture.services.commands.push(`restart of ${id} by ${by}: ${reason}`);
        await work();
        return id + 10;
      },
      record: (id, wish, signal) => record(id, wish, signal),
    };
  });
  afterEach(async () => {
    await fixture.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const recordedFile = (): string => path.join(directory, 'recorded');

  async function record(id: number, wish: RecordingWish, signal: AbortSignal): Promise<Recording> {
    asked.push({ id, wish });
    signals.push(signal);
    await work();
    const file = recordedFile();
    writeFileSync(file, PROFILE);
    const remove = (): void => {
      rmSync(file);
      noteRemoved();
    };
    const fileName = `shop-w${id}.${wish.kind === 'cpu-profile' ? 'cpuprofile' : 'heapsnapshot'}`;
    return { file, fileName, bytes: PROFILE.length, pausedMs: 12, remove };
  }

  function refusing(code: string): void {
    work = async () => {
      throw Object.assign(new Error(`It is so: ${code}`), { code });
    };
  }

  const audited = (): unknown[] =>
    fixture.services.auditEntries.map(({ action, before, after }) => ({ action, before, after }));

  it('replace one worker, say which one came, and stand in the audit log with the reason', async () => {
    const { status, json } = await fixture.post('/workers/3/restart', { reason: 'it leaks' });
    expect({ status, json }).to.deep.equal({ status: 200, json: { outcome: 'done', worker: 3, replacement: 13 } });
    expect(fixture.services.commands).to.deep.equal(['restart of 3 by loopback: it leaks']);
    expect(audited()).to.deep.equal([
      {
        action: 'worker.restart',
        before: { worker: 3, reason: 'it leaks' },
        after: { outcome: 'done', worker: 3, replacement: 13 },
      },
    ]);
  });

  it('answer refusals with their codes, and write them to the audit log', async () => {
    const statuses: Record<string, number> = {
      WORKER_NOT_FOUND: 404,
      WORKER_NOT_READY: 409,
      WORKER_BUSY: 409,
      RELOAD_RUNNING: 409,
      RECORDING_RUNNING: 409,
      NOT_ENOUGH_MEMORY: 409,
      WORKER_ENDED: 409,
      RECORDING_FAILED: 500,
      NO_SPACE: 507,
    };
    for (const [code, status] of Object.entries(statuses)) {
      refusing(code);
      const answer = await fixture.post('/workers/3/heap-snapshot', {});
      expect(statusAndCode(answer)).to.deep.equal({ status, code });
      expect(answer.json.detail).to.equal(`It is so: ${code}`);
    }
    expect(audited()).to.have.length(9);
    refusing('');
    expect(statusAndCode(await fixture.post('/workers/3/restart'))).to.deep.equal({
      status: 500,
      code: 'RESTART_FAILED',
    });
    fixture.services.state = { ...fixture.services.state, stopping: true };
    for (const command of ['restart', 'cpu-profile', 'heap-snapshot']) {
      expect(statusAndCode(await fixture.post(`/workers/3/${command}`))).to.deep.equal({
        status: 409,
        code: 'STOPPING',
      });
    }
  });

  it('refuse what is no worker, no duration and no reason', async () => {
    const bad: readonly (readonly [string, unknown])[] = [
      ['/workers/w3/restart', {}],
      ['/workers/-1/cpu-profile', {}],
      ['/workers/3/cpu-profile', { durationSeconds: 0 }],
      ['/workers/3/cpu-profile', { durationSeconds: 121 }],
      ['/workers/3/cpu-profile', { durationSeconds: 1.5 }],
      ['/workers/3/cpu-profile', { seconds: 5 }],
      ['/workers/3/heap-snapshot', { force: 'yes' }],
      ['/workers/3/restart', { reason: 'x'.repeat(501) }],
    ];
    for (const [url, body] of bad) {
      expect(statusAndCode(await fixture.post(url, body)), url).to.deep.equal({ status: 400, code: 'INVALID_REQUEST' });
    }
    expect(asked).to.deep.equal([]);
  });

  it('answer with the recording as a file to be saved, and keep no copy', async () => {
    const { status, headers, text } = await fixture.post('/workers/3/cpu-profile', { durationSeconds: 4 });
    expect(status).to.equal(200);
    expect(text).to.equal(PROFILE);
    expect(headers['content-disposition']).to.equal('attachment; filename="shop-w3.cpuprofile"');
    expect(headers['content-length']).to.equal(String(PROFILE.length));
    expect(headers['tidegate-paused-ms']).to.equal('12');
    expect(existsSync(recordedFile())).to.equal(false);
    expect(asked).to.deep.equal([{ id: 3, wish: { kind: 'cpu-profile', durationMs: 4_000, force: false } }]);
    expect(audited()).to.deep.equal([
      {
        action: 'worker.cpu-profile',
        before: { worker: 3, kind: 'cpu-profile', durationMs: 4_000, force: false },
        after: { outcome: 'done', bytes: PROFILE.length, pausedMs: 12 },
      },
    ]);
  });

  it('tell the recorder when the client leaves', async () => {
    let go: () => void = () => {};
    work = () =>
      new Promise((resolve) => {
        go = resolve;
      });
    const outgoing = request({ port: fixture.port, method: 'POST', path: '/workers/3/cpu-profile' }).on(
      'error',
      () => {},
    );
    outgoing.end();
    while (signals.length === 0) await new Promise(setImmediate);
    const aborted = once(signals[0] as AbortSignal, 'abort');
    outgoing.destroy();
    await aborted;
    go();
    await removed;
    expect(existsSync(recordedFile())).to.equal(false);
    expect(fixture.failures).to.deep.equal([]);
  });

  it('are not in use where there are no workers', async () => {
    fixture.services.workers = undefined;
    for (const command of ['restart', 'cpu-profile', 'heap-snapshot']) {
      const answer = await fixture.post(`/workers/3/${command}`);
      expect(statusAndCode(answer)).to.deep.equal({ status: 409, code: 'FEATURE_DISABLED' });
    }
  });

  describe('on the command line', () => {
    const cli = (...args: readonly string[]) =>
      runCli([...args, '--url', `http://127.0.0.1:${fixture.port}`], directory);

    it('tidegate profile writes the file, for its owner alone, and says what it cost', async () => {
      const { code, stdout, stderr } = await cli('profile', 'w3', '--seconds', '4');
      const file = path.join(directory, 'shop-w3.cpuprofile');
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.equal(`${file} (${formatByteSize(PROFILE.length)}); worker 3 stood still for 12 ms\n`);
      expect(readFileSync(file, 'utf8')).to.equal(PROFILE);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
    });

    it('tidegate profile --heap --json tells a program what was written, and where', async () => {
      const { code, stdout } = await cli('profile', '3', '--heap', '--force', '--output', 'a.heapsnapshot', '--json');
      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal({
        worker: 3,
        kind: 'heap-snapshot',
        file: path.join(directory, 'a.heapsnapshot'),
        bytes: PROFILE.length,
        pausedMs: 12,
      });
      expect(asked).to.deep.equal([{ id: 3, wish: { kind: 'heap-snapshot', durationMs: 0, force: true } }]);
    });

    it('tidegate profile says what is wrong, and leaves no file', async () => {
      refusing('WORKER_NOT_FOUND');
      expect(await cli('profile', '9')).to.deep.equal({ code: 1, stdout: '', stderr: 'It is so: WORKER_NOT_FOUND\n' });
      work = async () => {};
      const unwritable = await cli('profile', '3', '--output', '/nowhere/a.cpuprofile');
      expect(unwritable.code).to.equal(1);
      expect(unwritable.stderr).to.match(/^\/nowhere\/a\.cpuprofile could not be written: ENOENT/);
      for (const wrong of [['x3'], ['3', '--heap', '--seconds', '4'], ['3', '--force'], ['3', '--seconds', '999']]) {
        expect((await cli('profile', ...wrong)).code, wrong.join(' ')).to.equal(2);
      }
      expect(readdirSync(directory)).to.deep.equal([]);
    });

    it('tidegate restart replaces the one worker that is named', async () => {
      const { stdout } = await cli('restart', 'w3', '--reason', 'it leaks');
      expect(stdout).to.equal('Worker 3 was replaced; worker 13 is ready.\n');
      expect(fixture.services.commands).to.deep.equal(['restart of 3 by loopback: it leaks']);
      expect((await cli('restart', '--reason', 'all')).code).to.equal(2);
      expect((await cli('restart')).stdout).to.equal('All workers were replaced; the new ones are ready.\n');
    });
  });
});
