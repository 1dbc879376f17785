/** One user of a load test: a keep-alive connection, cookies, and a clock that starts when a step was to begin. */
import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadSocket } from './load-socket.ts';
import type { Meter } from './meter.ts';
import { thinkMs } from './pace.ts';
import type { LoadPlan } from './plan.ts';
import { kindOf, StepError } from './step-error.ts';

export interface LoadRequest {
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are as they should be; without it 200 to 399. */
  readonly expect?: readonly number[];
}

export interface LoadResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** @throws StepError for what is no JSON */
  json<T = Record<string, unknown>>(): T;
}

/** What users of one process share. */
export interface UserSurroundings {
  readonly plan: LoadPlan;
  readonly meter: Meter;
  readonly send: (
    url: URL,
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => import('node:http').ClientRequest;
  readonly createAgent: (localAddress: string | undefined) => Agent;
  readonly random: () => number;
  readonly ended: AbortSignal;
}

export class VirtualUser {
  /** From 0, unique in the test. */
  readonly number: number;
  /** For journeys: what is to be remembered from round to round. */
  readonly memory: Record<string, unknown> = {};
  readonly path: string;
  readonly localAddress: string | undefined;
  readonly #with: UserSurroundings;
  readonly #agent: Agent;
  readonly #cookies = new Map<string, string>();
  readonly #sockets = new Set<LoadSocket>();
  #intendedMs: number | null = null;

  constructor(number: number, localAddress: string | undefined, surroundings: UserSurroundings) {
    this.number = number;
    this.localAddress = localAddress;
    this.path = surroundings.plan.path;
    this.#with = surroundings;
    this.#agent = surroundings.createAgent(localAddress);
  }

  /** Whether the time is over: a journey with a loop of its own looks at it. */
  get ended(): boolean {
    return this.#with.ended.aborted;
  }

  get ca(): string | null {
    return this.#with.plan.ca;
  }

  /** The next step counts from this moment (of `performance.now()`), not from when it is sent. */
  intend(atMs: number): void {
    this.#intendedMs = atMs;
  }

  /** Waits as a person would; shorter when the time is over. */
  async think(range: readonly [number, number] = this.#with.plan.thinkMs): Promise<void> {
    const ms = thinkMs(range, this.#with.random);
    if (ms > 0) await delay(ms, undefined, { signal: this.#with.ended }).catch(() => undefined);
  }

  /**
   * Does something as a step of its own in the report.
   * @throws what `act` throws, after it was counted
   */
  async step<T>(name: string, act: () => Promise<T>): Promise<T> {
    const { meter } = this.#with;
    const fromMs = this.#intendedMs ?? performance.now();
    this.#intendedMs = null;
    try {
      const result = await act();
      meter.succeeded(name, performance.now() - fromMs);
      return result;
    } catch (error) {
      meter.failed(name, kindOf(error));
      throw error instanceof StepError ? error : new StepError(kindOf(error), String(error), error);
    }
  }

  /** One request, as a step. Cookies are kept. @throws StepError */
  request(name: string, request: LoadRequest): Promise<LoadResponse> {
    return this.step(name, async () => {
      const response = await this.#exchange(request);
      const { expect } = request;
      const isRight =
        expect === undefined ? response.status >= 200 && response.status < 400 : expect.includes(response.status);
      if (!isRight) throw new StepError(`HTTP ${response.status}`, response.text.slice(0, 200));
      return response;
    });
  }

  /** A WebSocket, opened as a step. @throws StepError */
  openSocket(name: string, path: string): Promise<LoadSocket> {
    return this.step(name, async () => {
      const url = new URL(path, this.#with.plan.target);
      url.protocol = url.protocol.replace('http', 'ws');
      const { meter, plan } = this.#with;
      const socket = await LoadSocket.open(url, {
        timeoutMs: plan.timeoutMs,
        localAddress: this.localAddress,
        ca: plan.ca,
        headers: this.#cookieHeader(),
      });
      this.#sockets.add(socket);
      meter.sockets += 1;
      socket.onceClosed((wasAsked, code) => {
        this.#sockets.delete(socket);
        meter.sockets -= 1;
        if (!wasAsked) meter.failed(name, `closed by the server (${code})`);
      });
      return socket;
    });
  }

  /** Ends what is open. */
  async leave(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => socket.close()));
    this.#agent.destroy();
  }

  #exchange({ method = 'GET', path, body, headers = {} }: LoadRequest): Promise<LoadResponse> {
    const { plan, send } = this.#with;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const typed =
      payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const options = { method, agent: this.#agent, headers: { ...this.#cookieHeader(), ...typed, ...headers } };
    return new Promise((resolve, reject) => {
      const request = send(new URL(path, plan.target), options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', settle(reject));
        response.once('end', () => {
          clearTimeout(timer);
          this.#keepCookies(response.headers['set-cookie'] ?? []);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => parsed(text) });
        });
      });
      const settle =
        (how: (error: Error) => void) =>
        (error: Error): void => {
          clearTimeout(timer);
          how(error);
        };
      const timer = setTimeout(
        () => request.destroy(new StepError('timeout', `no answer within ${plan.timeoutMs} ms`)),
        plan.timeoutMs,
      );
      request.once('error', settle(reject));
      request.end(payload);
    });
  }

  #cookieHeader(): Record<string, string> {
    if (this.#cookies.size === 0) return {};
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  #keepCookies(headers: readonly string[]): void {
    for (const header of headers) {
      const match = /^([^=;]+)=([^;]*)/.exec(header);
      if (match?.[1] !== undefined) this.#cookies.set(match[1].trim(), match[2] ?? '');
    }
  }
}

function parsed<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new StepError('no JSON', `the answer is no JSON: ${text.slice(0, 80)}`);
  }
}
