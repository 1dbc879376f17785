/** A CPU-heavy job must not be felt by those who use the API of the same process. */
import { Agent, get } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { PlainNode } from '../helpers/plain-node.ts';

const SERVER = path.join(path.dirname(fileURLToPath(import.meta.url)), 'jobs-api-server.js');
const ROUNDS = 9;
const REQUESTS = 120;
const EVERY_MS = 4;

describe('an API beside CPU-heavy jobs', function () {
  this.timeout(40_000);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let app: PlainNode | undefined;

  afterEach(async () => {
    await app?.kill();
  });

  after(() => agent.destroy());

  it('answers within twice the time at the 95th percentile, with the job in its thread', async () => {
    const { quiet, busy } = await measure('thread');
    if (process.env.SHOW_FIGURES) process.stdout.write(`thread: ${JSON.stringify({ quiet, busy })}\n`);
    expect(median(busy) / median(quiet), JSON.stringify({ quiet, busy })).to.be.lessThan(2);
  });

  it('is what it would not do with the job on its own thread', async () => {
    const { quiet, busy } = await measure('none');
    if (process.env.SHOW_FIGURES) process.stdout.write(`none: ${JSON.stringify({ quiet, busy })}\n`);
    expect(median(busy) / median(quiet), JSON.stringify({ quiet, busy })).to.be.greaterThan(5);
  });

  /** 95th percentiles in milliseconds; quiet and busy by turns, so that what else the machine does falls on both. */
  async function measure(isolate: 'thread' | 'none'): Promise<{ quiet: number[]; busy: number[] }> {
    const started = await PlainNode.listening(SERVER, { args: [isolate] });
    app = started.app;
    const request = (url: string) => timed(`http://127.0.0.1:${started.port}${url}`, agent);
    const figures = { quiet: [] as number[], busy: [] as number[] };
    await load(request);
    for (let round = 0; round < (isolate === 'thread' ? ROUNDS : 1); round += 1) {
      await request('/light');
      await new Promise((resolve) => setTimeout(resolve, 300));
      figures.quiet.push(await load(request));
      await request('/heavy');
      figures.busy.push(await load(request));
    }
    return figures;
  }
});

/** An open loop: a request every few milliseconds, whether those before are answered or not. */
async function load(request: (url: string) => Promise<number>): Promise<number> {
  const answers: Promise<number>[] = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    answers.push(request('/'));
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  const times = (await Promise.all(answers)).sort((a, b) => a - b);
  return times[Math.ceil(times.length * 0.95) - 1] as number;
}

function timed(url: string, agent: Agent): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume().once('end', () => resolve(performance.now() - startedMs));
    }).once('error', reject);
  });
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
