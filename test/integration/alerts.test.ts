import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Alert, Notification } from '../../src/scaling/alerts/alert.ts';
import { AlertDispatcher } from '../../src/scaling/alerts/alert-dispatcher.ts';
import { QueuedChannel, type QueuedChannelOptions } from '../../src/scaling/alerts/queued-channel.ts';
import { discordBody, plainBody, slackBody } from '../../src/scaling/alerts/webhook-body.ts';
import { type WebhookOptions, WebhookUrlError, webhookSender } from '../../src/scaling/alerts/webhook-sender.ts';
import { allProbes } from '../../src/scaling/health/probes.ts';
import { HealthMonitor } from '../../src/scaling/health-monitor.ts';
import { WorkerRecovery } from '../../src/scaling/worker-recovery.ts';
import { observation, observed, status, worker } from '../unit/scaling/fixtures/cluster-fixtures.ts';

const SECRET = 'T000-B000-secret-token';

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** A receiver of webhooks that answers as it is told, one answer per request, then always 200. */
class Receiver {
  readonly received: Received[] = [];
  readonly answers: ((response: ServerResponse) => void)[] = [];
  #waiting: (() => void)[] = [];
  readonly #server: Server = createServer((request, response) => void this.#take(request, response));

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Resolves when so many requests have come in all. */
  async requests(count: number): Promise<void> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await request.setEncoding('utf8').toArray()).join('');
    this.received.push({ url: request.url, headers: request.headers, body: JSON.parse(text) });
    const answer = this.answers.shift() ?? ((to) => to.end('ok'));
    answer(response);
    for (const waiting of this.#waiting.splice(0)) waiting();
  }
}

function answering(code: number, headers: Record<string, string> = {}): (response: ServerResponse) => void {
  return (response) => response.writeHead(code, headers).end('a body that nobody reads');
}

describe('alerts over webhooks', () => {
  let receiver: Receiver;
  let port: number;
  let logged: string[];
  let channels: QueuedChannel[];

  beforeEach(async () => {
    receiver = new Receiver();
    port = await receiver.listen();
    logged = [];
    channels = [];
  });

  afterEach(async () => {
    await Promise.all(channels.map((channel) => channel.close(0)));
    await receiver.close();
  });

  function channel(given: Partial<QueuedChannelOptions & WebhookOptions> = {}): QueuedChannel {
    const { name = 'alert', url = `http://127.0.0.1:${port}/hooks/${SECRET}`, body = plainBody, ...patience } = given;
    const created = new QueuedChannel({
      sender: webhookSender({ name, url, body, ...patience }),
      log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
      backoffMs: 1,
      ...patience,
    });
    channels.push(created);
    return created;
  }

  function alert(given: Partial<Alert> = {}): Notification {
    const only: Alert = {
      key: 'health/memory',
      state: 'firing',
      severity: 'warning',
      sentence: '88 % of the memory is used',
      startedAtMs: 1_700_000_000_000,
      atMs: 1_700_000_000_000,
      instance: 'app',
      ...given,
    };
    return { instance: 'app', atMs: only.atMs, alerts: [only] };
  }

  /** What the log says when all is over. */
  async function logAfterClose(): Promise<string[]> {
    await Promise.all(channels.map((open) => open.close(5_000)));
    return logged;
  }

  it('posts an alert as JSON', async () => {
    channel().deliver(alert());
    await receiver.requests(1);
    const [{ url, headers, body }] = receiver.received as [Received];
    expect(url).to.equal(`/hooks/${SECRET}`);
    expect(headers['content-type']).to.equal('application/json');
    expect(body).to.deep.equal(plainBody(alert()));
    expect(await logAfterClose()).to.deep.equal([]);
  });

  it('tries again while the receiver fails, loses nothing and keeps the order', async () => {
    receiver.answers.push(answering(503), answering(500), answering(200), answering(429), answering(200));
    const subject = channel();
    subject.deliver(alert({ key: 'first' }));
    subject.deliver(alert({ key: 'second' }));
    await receiver.requests(5);
    expect(receiver.received.map(({ body }) => body.key)).to.deep.equal([
      'first',
      'first',
      'first',
      'second',
      'second',
    ]);
    expect(await logAfterClose()).to.deep.equal([]);
  });

  it('delivers when a receiver that was away has come back', async () => {
    await receiver.close();
    const paused: number[] = [];
    let backAgain: Promise<unknown> = Promise.resolve();
    receiver = new Receiver();
    channel({
      attempts: 50,
      backoffMaxMs: 20,
      // Called before each pause, so after an attempt that failed.
      random: () => {
        paused.push(0);
        if (paused.length === 2) backAgain = receiver.listen(port);
        return 0;
      },
    }).deliver(alert());
    await receiver.requests(1);
    await backAgain;
    expect(paused.length).to.be.at.least(2);
    expect(receiver.received[0]?.body.key).to.equal('health/memory');
  });

  it('gives an alert up after its attempts, says so without the address, and goes on with the next', async () => {
    receiver.answers.push(answering(503), answering(503), answering(503));
    const subject = channel({ attempts: 3 });
    subject.deliver(alert({ key: 'lost' }));
    subject.deliver(alert({ key: 'next', state: 'resolved' }));
    await receiver.requests(4);
    expect(receiver.received.at(-1)?.body).to.include({ key: 'next', state: 'resolved' });
    const lines = await logAfterClose();
    expect(lines).to.deep.equal([
      'warn the alert webhook did not get "lost" (firing): it answered 503, 3 times {"channel":"alert"}',
    ]);
  });

  it('does not try again when the receiver refuses', async () => {
    receiver.answers.push(answering(404));
    channel().deliver(alert());
    await receiver.requests(1);
    const lines = await logAfterClose();
    expect(receiver.received).to.have.length(1);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include('it answered 404').and.not.include(SECRET);
  });

  it('follows no redirect: the alert is for nobody else', async () => {
    receiver.answers.push(answering(307, { location: '/elsewhere' }));
    channel().deliver(alert());
    await receiver.requests(1);
    expect(await logAfterClose()).to.have.length(1);
    expect(receiver.received.map(({ url }) => url)).to.deep.equal([`/hooks/${SECRET}`]);
  });

  it('gives up waiting for an answer that does not come', async () => {
    receiver.answers.push(
      () => {},
      () => {},
    );
    channel({ timeoutMs: 20, attempts: 2 }).deliver(alert());
    await receiver.requests(2);
    expect(await logAfterClose()).to.deep.equal([
      'warn the alert webhook did not get "health/memory" (firing): TimeoutError, 2 times {"channel":"alert"}',
    ]);
  });

  it('names the fault of the network, and not the address', async () => {
    await receiver.close();
    channel({ attempts: 1 }).deliver(alert());
    const lines = await logAfterClose();
    expect(lines[0]).to.include('ECONNREFUSED').and.not.include(SECRET);
  });

  it('waits as long as the receiver asks, but never longer than its longest pause', async () => {
    receiver.answers.push(answering(429, { 'retry-after': '3600' }), answering(503, { 'retry-after': 'tomorrow' }));
    channel({ backoffMaxMs: 5 }).deliver(alert());
    await receiver.requests(3);
    expect(await logAfterClose()).to.deep.equal([]);
  });

  it('lets so many alerts wait and gives up the oldest beyond that', async () => {
    let goOn = (): void => {};
    receiver.answers.push((response) => {
      goOn = () => response.end();
    });
    const subject = channel({ queueLength: 2 });
    for (const key of ['one', 'two', 'three', 'four']) subject.deliver(alert({ key }));
    await receiver.requests(1);
    goOn();
    await receiver.requests(3);
    expect(receiver.received.map(({ body }) => body.key)).to.deep.equal(['one', 'three', 'four']);
    expect(await logAfterClose()).to.deep.equal([
      'warn the alert webhook did not get "two" (firing): more than 2 alerts are waiting {"channel":"alert"}',
    ]);
  });

  it('delivers what is waiting before it closes, and takes nothing afterwards', async () => {
    const subject = channel();
    subject.deliver(alert({ key: 'one' }));
    subject.deliver(alert({ key: 'two' }));
    await subject.close(5_000);
    expect(receiver.received.map(({ body }) => body.key)).to.deep.equal(['one', 'two']);
    subject.deliver(alert({ key: 'late' }));
    expect(logged).to.deep.equal([
      'warn the alert webhook did not get "late" (firing): the runtime is stopping {"channel":"alert"}',
    ]);
  });

  it('closes at its deadline even when the receiver never answers', async () => {
    receiver.answers.push(() => {});
    const subject = channel();
    subject.deliver(alert({ key: 'stuck' }));
    subject.deliver(alert({ key: 'behind' }));
    await receiver.requests(1);
    await subject.close(1);
    expect(logged.map((line) => /"(\w+)".*: (.*) \{/.exec(line)?.slice(1))).to.deep.equal([
      ['stuck', 'the runtime is stopping'],
      ['behind', 'the runtime is stopping'],
    ]);
  });

  it('closes at its deadline in the middle of a pause', async () => {
    receiver.answers.push(answering(503));
    const subject = channel({ backoffMs: 600_000, backoffMaxMs: 600_000 });
    subject.deliver(alert());
    await receiver.requests(1);
    await subject.close(1);
    expect(logged).to.have.length(1);
    expect(logged[0]).to.include('the runtime is stopping');
  });

  it('puts user and password of the address into a header', async () => {
    channel({ url: `http://user:p%40ss@127.0.0.1:${port}/` }).deliver(alert());
    await receiver.requests(1);
    const basic = Buffer.from('user:p@ss').toString('base64');
    expect(receiver.received[0]?.headers.authorization).to.equal(`Basic ${basic}`);
  });

  it('refuses an address that is none, without repeating it', () => {
    for (const url of [SECRET, `ftp://${SECRET}/`, '']) {
      expect(() => channel({ url }))
        .to.throw(WebhookUrlError, 'the URL of the alert webhook is not valid; it must begin with https:// or http://')
        .with.property('code', 'WEBHOOK_URL');
    }
  });

  it('carry what the health monitor finds, to a plain receiver and to Slack', async () => {
    const alerts = new AlertDispatcher({
      channels: [
        channel(),
        channel({ name: 'slack', url: `http://127.0.0.1:${port}/slack`, body: slackBody }),
        channel({ name: 'discord', url: `http://127.0.0.1:${port}/discord`, body: discordBody }),
      ],
      instance: 'shop',
    });
    const monitor = new HealthMonitor({
      probe: { status: () => status([worker()]) },
      probes: allProbes({ hungTimeoutMs: 30_000 }),
      alerts,
      recovery: new WorkerRecovery({ hungTimeoutMs: 30_000, recovery: null }),
    });
    for (const availableMemoryBytes of [20, 20, 20, 900, 900, 900]) {
      const machine = { cores: 2, cpuUtilization: 0.3, totalMemoryBytes: 1_000, availableMemoryBytes };
      await monitor.tick(observation([observed()], { machine }), status([worker()]));
    }
    await receiver.requests(6);
    const plain = receiver.received
      .filter(({ url }) => url?.startsWith('/hooks'))
      .map(({ body }) => [body.key, body.state]);
    expect(plain).to.deep.equal([
      ['health/memory', 'firing'],
      ['health/memory', 'resolved'],
    ]);
    const slack = receiver.received.filter(({ url }) => url === '/slack').map(({ body }) => body.text);
    expect(slack).to.deep.equal([
      '[critical] shop: health/memory: 98 % of the memory is used',
      '[resolved] shop: health/memory: 10 % of the memory is used',
    ]);
    const discord = receiver.received.filter(({ url }) => url === '/discord').map(({ body }) => body.content);
    expect(discord).to.deep.equal(slack);
    await alerts.close(5_000, Date.now());
    expect(alerts.channels().map(({ name, delivered, waiting }) => [name, delivered, waiting])).to.deep.equal([
      ['alert', 2, 0],
      ['slack', 2, 0],
      ['discord', 2, 0],
    ]);
  });

  it('tell of a test what became of it, by one attempt each', async () => {
    receiver.answers.push(answering(503));
    const alerts = new AlertDispatcher({
      channels: [channel({ name: 'first' }), channel({ name: 'second' })],
      instance: 'shop',
    });
    const one = await alerts.test('first', 1_700_000_000_000);
    expect(one).to.deep.equal([{ channel: 'first', delivered: false, detail: 'it answered 503' }]);
    expect(await alerts.test(undefined, 1_700_000_000_000)).to.deep.equal([
      { channel: 'first', delivered: true, detail: '' },
      { channel: 'second', delivered: true, detail: '' },
    ]);
    expect(receiver.received.map(({ body }) => body.key)).to.deep.equal(['test', 'test', 'test']);
    expect(alerts.report(0)).to.deep.include({ active: [], recent: [] });
  });
});
