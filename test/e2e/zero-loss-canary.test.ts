import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Load } from '../helpers/load.ts';
import { keepAliveGets, perRequest } from '../helpers/load-clients.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { expectNothingLost, expectReceiptsAddUp, startQuiet, tidegate } from '../helpers/zero-loss.ts';

describe('the canary of a reload under load', function () {
  this.timeout(60_000);
  let runtime: Runtime;
  let directory: string;
  let versionFile: string;
  let load: Load;

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-version-'));
    versionFile = path.join(directory, 'version');
    writeFileSync(versionFile, 'ok v1');
    const env = { APP_VERSION_FILE: versionFile, CANARY_MS: '2500', LISTEN_TIMEOUT_MS: '2000' };
    runtime = await startQuiet('canary-version.cjs', { algorithm: 'adaptive', env });
  });
  beforeEach(async () => {
    load = new Load(runtime, [
      ...keepAliveGets({ connections: 24, maxThinkMs: 40 }),
      ...perRequest({ clients: 8, maxThinkMs: 40 }),
    ]);
    await until('300 responses', () => load.tally.responses >= 300, 20_000);
  });
  afterEach(() => load.stop());
  after(async () => {
    await runtime.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const pidsNow = async (): Promise<readonly (number | null)[]> => (await runtime.ready()).map(({ pid }) => pid);

  /** Reloads into a bad version, which must be refused while the old workers serve on. */
  async function expectRefused(version: string, reason: RegExp): Promise<void> {
    const before = await pidsNow();
    writeFileSync(versionFile, version);
    const { code, stderr } = await tidegate(runtime, 'reload');
    expect(code, stderr).to.equal(1);
    expect(stderr).to.match(reason);
    expect((await runtime.waitForWorkers(2)).workers.map(({ pid }) => pid)).to.have.members(before);
    const more = load.tally.responses + 200;
    await until('200 more responses of the old workers', () => load.tally.responses >= more, 20_000);
    await load.stop();
    expectReceiptsAddUp((await runtime.status()).receipts);
  }

  it('refuses a version that answers with errors; nobody gets anything worse than those answers', async () => {
    await expectRefused('errors v2', /errors/);
    const { failures } = load.tally;
    expect(Object.keys(failures), String(load.tally)).to.deep.equal(['STATUS_500']);
    expect(load.tally.unannouncedCloses, String(load.tally)).to.equal(0);
  });

  it('refuses a version that is too slow, and loses no request', async () => {
    await expectRefused('slow v2', /too slow/);
    expectNothingLost(load.tally);
  });

  it('refuses a version that never becomes ready, and loses no request', async () => {
    await expectRefused('silent v2', /did not become ready/);
    expectNothingLost(load.tally);
  });

  it('refuses a version that can’t start, and loses no request', async () => {
    await expectRefused('throw v2', /did not become ready/);
    expectNothingLost(load.tally);
  });

  it('refuses a version that crashes while it is compared; only what it had taken is lost', async () => {
    await expectRefused('crash v2', /ended during the comparison/);
    for (const { code } of load.tally.losses)
      expect(code, String(load.tally)).to.be.oneOf(['ECONNRESET', 'END', 'EPIPE']);
  });

  it('lets a good version pass, and loses no request', async () => {
    const before = await pidsNow();
    writeFileSync(versionFile, 'ok v2');
    const { code, stdout, stderr } = await tidegate(runtime, 'reload');
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/Reloaded 2 of 2.*canary: .*over \d+ requests/);
    const { workers } = await runtime.waitForWorkers(2);
    for (const { pid } of workers) expect(before).not.to.include(pid);
    const answer = (await (await fetch(runtime.url)).json()) as { version: string };
    expect(answer.version).to.equal('v2');
    await load.stop();
    expectNothingLost(load.tally);
  });
});
