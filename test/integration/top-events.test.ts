/** Where `tidegate top` has its figures from. */
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { ControlClient } from '../../src/cli/control-client.ts';
import { followEvents } from '../../src/cli/top/live-events.ts';
import { CLI_MAIN, useCli } from '../helpers/cli-bench.ts';
import { ControlApi, cluster, type Handler, json, problem } from '../helpers/control-api.ts';
import { until } from '../helpers/runtime.ts';
import { TmuxSession } from '../helpers/tmux-session.ts';

function sample(desired: number): string {
  return `event: sample\ndata: ${JSON.stringify({ atMs: desired, cluster: cluster({ name: 'api', desired }) })}\n\n`;
}

describe('the events that tidegate top follows', () => {
  let api: ControlApi;
  let client: ControlClient;
  let quit: AbortController;
  let streams: ServerResponse[];
  let told: string[];
  let following: Promise<void>;

  const hold: Handler = (response) => {
    streams.push(response);
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).write('retry: 3000\n\n');
  };

  beforeEach(async () => {
    streams = [];
    told = [];
    quit = new AbortController();
    api = new ControlApi({ 'GET /events': hold });
    const { port } = await api.listen(0);
    client = new ControlClient({
      kind: 'url',
      url: new URL(`http://127.0.0.1:${port}`),
      token: undefined,
      ca: undefined,
    });
    const listener = {
      onSample: ({ desired }: { readonly desired: number }) => void told.push(`${desired} wanted`),
      onDecision: (sentence: string) => void told.push(sentence),
    };
    following = followEvents(client, listener, quit.signal, 50);
    await until('a stream', () => streams.length === 1);
  });
  afterEach(async () => {
    quit.abort();
    await following;
    await api.close();
  });

  it('tell figures and decisions as they come, and nothing else', async () => {
    streams[0]?.write(`${sample(2)}: alive\n\nevent: decision\ndata: {"sentence":"Scaled up."}\n\n`);
    streams[0]?.write(`event: alert\ndata: {}\n\n${sample(3)}`);
    await until('both samples', () => told.length === 3);
    expect(told).to.deep.equal(['2 wanted', 'Scaled up.', '3 wanted']);
  });

  it('are followed again when the stream breaks, and when it is refused for a while', async () => {
    api.routes['GET /events'] = problem(503, 'TOO_MANY_STREAMS', '64 event streams are open');
    streams[0]?.destroy();
    await until('another attempt', () => api.calls.length === 2, 5_000);
    api.routes['GET /events'] = hold;
    await until('another stream', () => streams.length === 2, 5_000);
    streams[1]?.write(sample(4));
    await until('its sample', () => told.length === 1);
  });
});

describe('tidegate top, where it has its figures from', function () {
  this.timeout(40_000);
  const cli = useCli();

  it('listens to the stream, asks when that breaks, and listens again', async function () {
    if (TmuxSession.missing !== null) {
      console.log(`      skipped: ${TmuxSession.missing} is missing`);
      this.skip();
    }
    const streams: ServerResponse[] = [];
    const hold: Handler = (response) => {
      streams.push(response);
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    };
    const api = await cli.instance({ 'GET /events': hold });
    const statusCalls = (): number => api.calls.filter(({ url }) => url === '/cluster/status').length;
    const terminal = new TmuxSession(80, 24, { TIDEGATE_RUNTIME_DIR: cli.runtimeDir(), PATH: process.env.PATH ?? '' });
    try {
      await terminal.waitFor(/prompt>/);
      terminal.press(`'${process.execPath}' '${CLI_MAIN}' top`, 'Enter');
      await until('a stream', () => streams.length === 1, 15_000);
      streams[0]?.write(sample(7));
      await terminal.waitFor(/\/7 ready/);
      api.routes['GET /cluster/status'] = json(cluster({ name: 'api', desired: 5 }));
      const asked = statusCalls();
      streams[0]?.destroy();
      await terminal.waitFor(/\/5 ready/);
      expect(statusCalls()).to.be.greaterThan(asked);
      await until('the stream again', () => streams.length > 1, 10_000);
      streams.at(-1)?.write(sample(6));
      await terminal.waitFor(/\/6 ready/);
    } finally {
      terminal.close();
    }
  });
});
