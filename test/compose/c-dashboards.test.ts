/** Acceptance c: every panel of the dashboards shows something of the stack that runs. */
import { expect } from 'chai';
import { ask } from '../helpers/ask.ts';
import { expressions } from '../helpers/dashboards.ts';
import { until } from '../helpers/runtime.ts';
import { figure } from './figures.ts';
import { explainFailure, MINUTE_MS, SKIPPED, type Story, storyOrSkip } from './story.ts';

/** An app container of the stack has one worker, which nobody scales; test/integration/dashboards.test.ts has these panels. */
const OF_SEVERAL_WORKERS = ['Held back', 'Drains'];

describe(`c. The dashboards of the stack${SKIPPED}`, function () {
  this.timeout(4 * MINUTE_MS);
  let story: Story;

  before(async function () {
    story = await storyOrSkip(this);
  });
  afterEach(async function () {
    await explainFailure(this.currentTest);
  });

  async function hasData(expr: string): Promise<boolean> {
    const { body } = await ask(`${story.url('prometheus')}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { status, data, error } = JSON.parse(body);
    expect(status, `${expr}: ${error}`).to.equal('success');
    return data.result.length > 0;
  }

  /** A little of everything that the reference app can do. */
  async function use(): Promise<void> {
    const steps = [
      ['GET', '/'],
      ['GET', '/api/limited/standard'],
      ['GET', '/api/reports/sales'],
      ['GET', '/api/reports/sales'],
      ['POST', '/api/jobs', { upTo: 1_000 }],
      ['POST', '/api/leases', {}],
      ['GET', '/api/activity'],
    ] as const;
    await story.me();
    for (const [method, path, body] of steps) await story.request(method, path, body);
  }

  it('have data in every panel', async () => {
    const clients = story.load();
    // A decision by hand is one to be shown; a drain is, too.
    await story.control('POST', '/scaling/manual', { instances: 4, reason: 'dashboards', for: '10m' });
    await story.servers(4);
    await story.control('POST', '/scaling/manual', { instances: 3, reason: 'dashboards', for: '10m' });
    await story.servers(3);
    const asked = expressions().filter(
      ({ where }) => !OF_SEVERAL_WORKERS.some((title) => where.includes(`: ${title}: `)),
    );
    let empty: readonly string[] = [];
    await until(
      'every panel has data',
      async () => {
        await use();
        const answers = await Promise.all(asked.map(async ({ expr, where }) => ((await hasData(expr)) ? [] : [where])));
        empty = answers.flat();
        return empty.length === 0;
      },
      2 * MINUTE_MS,
    ).catch(() => {});
    await clients.stop();
    figure('c', `${asked.length - empty.length} of ${asked.length} expressions of the dashboards have data`);
    await story.control('POST', '/scaling/resume', {});
    expect(empty).to.deep.equal([]);
  });
});
