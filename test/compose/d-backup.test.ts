/** Acceptance d: what was backed up, also while it was written to, is there again after all of it was destroyed. */
import { expect } from 'chai';
import { until } from '../helpers/runtime.ts';
import { figure } from './figures.ts';
import { explainFailure, MINUTE_MS, SKIPPED, type Story, storyOrSkip } from './story.ts';

const NODES = ['redis-1', 'redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6'];

describe(`d. Backup and restore of the stack${SKIPPED}`, function () {
  this.timeout(4 * MINUTE_MS);
  let story: Story;

  before(async function () {
    story = await storyOrSkip(this);
  });
  afterEach(async function () {
    await explainFailure(this.currentTest);
  });

  function program(script: string, ...args: readonly string[]): Promise<string> {
    const words = ['--profile', 'backup', 'run', '--rm', '-T', 'backup', 'node', `scripts/backup/${script}`, ...args];
    return story.stack.compose(...words);
  }

  it('gives back what there was, after all of it was destroyed', async () => {
    const { stack } = story;
    const rows = (): Promise<string> =>
      stack.sql('postgres', "SELECT md5(string_agg(value, ',' ORDER BY id)) FROM precious");
    await stack.sql(
      'postgres',
      'CREATE TABLE precious AS SELECT id, md5(id::text) AS value FROM generate_series(1, 20000) id',
    );
    for (let key = 0; key < 20; key += 1) await stack.redis('redis-1', 'SET', `precious:${key}`, `value ${key}`);
    const checksum = await rows();
    await story.me();

    const beganAtMs = Date.now();
    await program('backup.mjs');
    const backedUpAtMs = Date.now();
    await stack.sql('postgres', 'DROP TABLE precious');
    for (const node of NODES)
      await stack.redis(node, 'FLUSHALL').catch((error: Error) => expect(error.message).to.contain('READONLY'));
    expect(await stack.redis('redis-1', 'GET', 'precious:7')).to.equal('');
    await program('restore.mjs', '--overwrite');
    figure(
      'd',
      `backup ${backedUpAtMs - beganAtMs} ms, destroyed and restored ${Date.now() - backedUpAtMs} ms, checksum ${checksum} as before`,
    );

    expect(await rows()).to.equal(checksum);
    for (let key = 0; key < 20; key += 1)
      expect(await stack.redis('redis-1', 'GET', `precious:${key}`)).to.equal(`value ${key}`);
    await until('the session is there again', async () => (await story.me()).status === 200);
  });

  it('is of one moment, while the app writes', async () => {
    const { stack } = story;
    await stack.sql('postgres', 'CREATE TABLE halves (id int, half text)');
    let writes = 0;
    let writing = true;
    const writer = (async () => {
      // Both halves or none: each pair is one transaction.
      while (writing) {
        writes += 1;
        await stack.sql('postgres', `INSERT INTO halves VALUES (${writes}, 'left'), (${writes}, 'right')`);
      }
    })();
    await until('something is written', () => writes > 5, MINUTE_MS);
    const before = writes;
    await program('backup.mjs');
    const after = writes;
    writing = false;
    await writer;
    await stack.sql('postgres', 'DROP TABLE halves');
    await program('restore.mjs', '--overwrite');
    const [pairs, ids, last] = (
      await stack.sql(
        'postgres',
        'SELECT count(*) FILTER (WHERE n = 2), count(*), coalesce(max(id), 0) FROM (SELECT id, count(*) AS n FROM halves GROUP BY id) counted',
      )
    )
      .split('|')
      .map(Number);
    figure('d', `a backup while ${after - before} transactions were written has the first ${last}, each whole`);
    expect(pairs).to.equal(ids).and.to.equal(last);
    expect(last)
      .to.be.at.least(before - 1)
      .and.at.most(after);
  });
});
