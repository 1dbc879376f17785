/**
 * What the steps of `npm run test:compose` share: one stack for all of them, brought up by the first that needs it. Each step is a file of
 * its own and can run alone: `npm run test:compose -- --only e`.
 */
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { ask } from '../helpers/ask.ts';
import { freePort } from '../helpers/free-port.ts';
import { until } from '../helpers/runtime.ts';
import { SteadyClients } from './clients.ts';
import { figure, writeFigures } from './figures.ts';
import { RULES } from './scaling-rules.ts';
import { COMPOSE_COMMAND, Stack } from './stack.ts';

export const MINUTE_MS = 60_000;
export const IMAGE = process.env.TIDEGATE_IMAGE ?? 'tidegate:local';
/** For the title of a step. */
export const SKIPPED =
  COMPOSE_COMMAND === undefined ? ' (skipped: no Docker engine; see scripts/test-compose.mjs)' : '';

const PORTS = ['http', 'https', 'app', 'stats', 'scaler', 'prometheus', 'alertmanager', 'grafana'] as const;
type PortName = (typeof PORTS)[number];

/** The stack that runs, and what its users and operators see of it. */
export class Story {
  readonly stack: Stack;
  readonly received: { readonly text: string; readonly atMs: number }[] = [];
  readonly #ports: Readonly<Record<PortName, number>>;
  readonly #webhook: Server;
  /** Of the user that logged in. */
  #cookie = '';

  private constructor(stack: Stack, ports: Readonly<Record<PortName, number>>, webhook: Server) {
    this.stack = stack;
    this.#ports = ports;
    this.#webhook = webhook;
    webhook.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        this.received.push({ text, atMs: Date.now() });
        response.end('ok');
      });
    });
  }

  /** A stack of three app containers, up and healthy. */
  static async begin(): Promise<Story> {
    const found = await Promise.all(PORTS.map(async (name) => [name, await freePort()] as const));
    const ports = Object.fromEntries(found) as Record<PortName, number>;
    const stack = new Stack({
      ...Object.fromEntries(found.map(([name, port]) => [`${name.toUpperCase()}_PORT`, String(port)])),
      // All load comes from one address here.
      RATE_LIMIT_PER_10S: '0',
      // More is not allowed everywhere tests run.
      HAPROXY_NOFILE: '20000',
      BACKUP_EVERY: '24h',
      MIN_INSTANCES: '2',
      MAX_INSTANCES: '6',
      SCALING_MODE: 'rules',
      SCALE_DOWN_STABILIZATION_MS: '15000',
    });
    writeFileSync(path.join(stack.secretsDirectory, 'rules.json'), JSON.stringify(RULES));
    stack.env.SCALING_RULES = path.join(stack.secretsDirectory, 'rules.json');
    await stack.makeSecrets();
    const webhook = createServer();
    await new Promise<void>((resolve) => webhook.listen(0, '0.0.0.0', resolve));
    const story = new Story(stack, ports, webhook);
    await story.#comeUp().catch(async (error: Error) => {
      await explain(stack);
      await story.end();
      throw error;
    });
    return story;
  }

  async #comeUp(): Promise<void> {
    const beganAtMs = Date.now();
    await this.stack.up(3);
    const upAtMs = Date.now();
    const all = await this.stack.healthy(2 * MINUTE_MS);
    this.upAfterMs = Date.now() - beganAtMs;
    figure(
      'a',
      `up from nothing: ${all.length} containers made in ${upAtMs - beganAtMs} ms, all healthy after ${this.upAfterMs} ms`,
    );
  }

  /** From nothing to the last container's health. */
  upAfterMs = 0;

  url(name: PortName): string {
    return `http://127.0.0.1:${this.#ports[name]}`;
  }

  get tlsUrl(): string {
    return `https://127.0.0.1:${this.#ports.https}`;
  }

  get statsAuthorization(): string {
    return `Basic ${Buffer.from(`admin:${this.stack.secret('stats_password')}`).toString('base64')}`;
  }

  async stats(): Promise<readonly Readonly<Record<string, string>>[]> {
    const { body } = await ask(`${this.url('stats')}/stats;csv`, {
      headers: { authorization: this.statsAuthorization },
    });
    const [head = '', ...lines] = body.trim().split('\n');
    const names = head.replace(/^# /, '').split(',');
    return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])));
  }

  /** Requests that each server of the backend `app` was sent so far, of those that are up. */
  async served(): Promise<Map<string, number>> {
    const servers = (await this.stats()).filter(({ pxname, svname, status }) => {
      return pxname === 'app' && svname !== 'BACKEND' && (status ?? '').startsWith('UP');
    });
    return new Map(servers.map(({ svname, stot }) => [svname as string, Number(stot)]));
  }

  async servers(count: number, timeoutMs = MINUTE_MS): Promise<void> {
    await until(`HAProxy has ${count} servers`, async () => (await this.served()).size === count, timeoutMs);
  }

  load(): SteadyClients {
    const app = this.url('app');
    return new SteadyClients([`${app}/api/io?ms=20`, `${app}/api/fast`, `${app}/health`], 12, 10);
  }

  /** The control API of the stack, as an operator: of the scaler that leads, by way of HAProxy. */
  async control(
    method: string,
    where: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const token = /operator:([^,]+)/.exec(this.stack.secret('management_tokens'))?.[1];
    const answer = await ask(`${this.url('scaler')}${where}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse(answer.body) };
  }

  async logIn(): Promise<void> {
    const { status, body, headers } = await ask(`${this.url('app')}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'compose', password: 'a long password' }),
    });
    if (status !== 200) throw new Error(`login: ${status} ${body}`);
    this.#cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
  }

  /** The session's own count of its views. */
  async me(): Promise<{ readonly status: number; readonly views: number }> {
    if (this.#cookie === '') await this.logIn();
    const { status, body } = await ask(`${this.url('app')}/api/me`, { headers: { cookie: this.#cookie } });
    return { status, views: Number(JSON.parse(body).session?.views) };
  }

  /** A request of the user that logged in. */
  async request(method: string, where: string, body?: object): Promise<number> {
    const headers = { cookie: this.#cookie, 'content-type': 'application/json' };
    const options = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    return (await ask(`${this.url('app')}${where}`, options)).status;
  }

  /** Has Alertmanager send here. */
  async receiveAlerts(): Promise<void> {
    const network = `${this.stack.project}_monitoring`;
    const format = '{{(index .IPAM.Config 0).Gateway}}';
    const gateway = (await this.stack.docker('network', 'inspect', '-f', format, network)).trim();
    const { port } = this.#webhook.address() as AddressInfo;
    for (const name of ['alerts_webhook_url', 'on_call_webhook_url'])
      this.stack.writeSecret(name, `http://${gateway}:${port}/`);
  }

  async alert(pattern: RegExp, timeoutMs: number): Promise<void> {
    await until(`an alert ${pattern}`, () => this.received.some(({ text }) => pattern.test(text)), timeoutMs);
  }

  /** Takes everything down; what is left over. */
  async end(): Promise<readonly unknown[]> {
    this.#webhook.close();
    await this.stack.down();
    return this.stack.containers();
  }
}

let story: Promise<Story> | undefined;

/** The one stack of this run. */
export function theStory(): Promise<Story> {
  story ??= Story.begin();
  return story;
}

/** For a `before` of each step: the stack, or a skip where there is no engine. */
export async function storyOrSkip(context: Mocha.Context): Promise<Story> {
  if (COMPOSE_COMMAND === undefined) context.skip();
  context.timeout(5 * MINUTE_MS);
  return theStory();
}

/** For an `afterEach`: what troubled containers said last. */
export async function explainFailure(test: Mocha.Test | undefined): Promise<void> {
  if (test?.state !== 'failed' || story === undefined) return;
  await explain((await story).stack);
}

async function explain(stack: Stack): Promise<void> {
  const troubled = (await stack.inspect()).filter(
    ({ State, Config }) =>
      (State.Status === 'exited' && State.ExitCode !== 0) ||
      State.Health?.Status === 'unhealthy' ||
      ['scaler', 'app'].includes(Config.Labels['com.docker.compose.service'] ?? ''),
  );
  for (const { Id, Config } of troubled) {
    const log = await stack.docker('logs', '--tail', '15', Id).catch(String);
    process.stdout.write(`--- ${Config.Labels['com.docker.compose.service']}\n${log}\n`);
  }
}

/** For the very end. */
export async function endStory(): Promise<readonly unknown[]> {
  writeFigures();
  // One that did not come up took itself down.
  return (await story?.catch(() => undefined))?.end() ?? [];
}
