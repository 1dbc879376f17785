/** Speaks to the control API of one instance: HTTP over its unix socket, or over TCP. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { ClusterStatus } from '../ipc/status.ts';
import { CliError } from './errors.ts';
import { readEvents, type ServerEvent } from './server-events.ts';
import { type Target, targetLabel } from './target.ts';

const ANSWER_TIMEOUT_MS = 10_000;

/** An answer of the API that says no; `code` is the API's. */
export class ApiError extends CliError {
  readonly status: number;

  constructor(status: number, code: string, detail: string) {
    super(code, detail);
    this.name = 'ApiError';
    this.status = status;
  }
}

export interface CallOptions {
  /** How long an answer may take; 0 waits for as long as the connection holds. */
  readonly timeoutMs?: number;
}

export class ControlClient {
  readonly target: Target;
  readonly #timeoutMs: number;

  /** @param options for calls that say nothing else */
  constructor(target: Target, { timeoutMs = ANSWER_TIMEOUT_MS }: CallOptions = {}) {
    this.target = target;
    this.#timeoutMs = timeoutMs;
  }

  /** In messages: `"api"`, or the URL. */
  get label(): string {
    return targetLabel(this.target);
  }

  /**
   * The parsed body of an answer.
   * @throws ApiError when the API refuses, CliError when it can't be reached
   */
  async get(path: string): Promise<unknown> {
    return this.#json(await this.#send('GET', path, undefined, this.#timeoutMs));
  }

  async post(path: string, body: object = {}, { timeoutMs = this.#timeoutMs }: CallOptions = {}): Promise<unknown> {
    return this.#json(await this.#send('POST', path, body, timeoutMs));
  }

  async delete(path: string): Promise<unknown> {
    return this.#json(await this.#send('DELETE', path, undefined, this.#timeoutMs));
  }

  /** The lines of an NDJSON answer as they come. A connection that breaks is a CliError. */
  async *postForLines(path: string, body: object = {}): AsyncGenerator<unknown> {
    const response = await this.#send('POST', path, body, 0);
    if (!isSuccess(response)) await this.#json(response);
    response.setEncoding('utf8');
    let rest = '';
    try {
      for await (const chunk of response) {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.trim() !== '') yield this.#parse(line);
      }
    } catch (error) {
      throw error instanceof CliError ? error : this.#gone('CONNECTION_LOST', 'ended before its answer was complete');
    }
    if (rest.trim() !== '') yield this.#parse(rest);
  }

  /** An answer to be saved, as it comes; there is no limit of time for its beginning. */
  async postForFile(path: string, body: object = {}): Promise<IncomingMessage> {
    const response = await this.#send('POST', path, body, 0);
    if (!isSuccess(response)) await this.#json(response);
    return response;
  }

  /** Server-sent events as they come, until the server ends them or `signal` does. A connection that breaks is a CliError. */
  async *events(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    const response = await this.#send('GET', path, undefined, this.#timeoutMs, signal);
    if (!isSuccess(response)) await this.#json(response);
    response.setEncoding('utf8');
    try {
      yield* readEvents(response);
    } catch (error) {
      throw error instanceof CliError ? error : this.#gone('CONNECTION_LOST', 'ended in the middle of its events');
    }
  }

  async clusterStatus(): Promise<ClusterStatus> {
    const body = (await this.get('/cluster/status')) as Partial<ClusterStatus> | null;
    if (typeof body !== 'object' || body === null || !Array.isArray(body.workers)) throw this.#notOurs();
    return body as ClusterStatus;
  }

  async #send(
    method: string,
    path: string,
    body: object | undefined,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const { target } = this;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        accept: 'application/json, application/x-ndjson, application/problem+json',
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
      },
    };
    const request = await this.#open(path, options);
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === 0
          ? undefined
          : setTimeout(
              () => request.destroy(this.#gone('NO_ANSWER', `gave no answer within ${timeoutMs / 1000} s`)),
              timeoutMs,
            );
      request.once('response', (response) => {
        // An event stream has no end that could come in time.
        if (response.headers['content-type']?.startsWith('text/event-stream')) clearTimeout(timer);
        response.once('close', () => clearTimeout(timer));
        resolve(response);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error instanceof CliError ? error : this.#unreachable(error));
      });
      request.end(payload);
    });
  }

  async #open(path: string, options: RequestOptions): Promise<ClientRequest> {
    const { target } = this;
    if (target.kind === 'socket') {
      return httpRequest({
        ...options,
        path,
        socketPath: target.socketPath,
        headers: { ...options.headers, host: 'localhost' },
      });
    }
    const url = new URL(`${target.url.pathname.replace(/\/$/, '')}${path}`, target.url);
    if (url.protocol === 'http:') return httpRequest(url, options);
    // TLS is loaded only by those who speak it.
    const { request: httpsRequest } = await import('node:https');
    return httpsRequest(url, target.ca === undefined ? options : { ...options, ca: target.ca });
  }

  async #json(response: IncomingMessage): Promise<unknown> {
    let text = '';
    response.setEncoding('utf8');
    try {
      for await (const chunk of response) text += chunk;
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw this.#gone('CONNECTION_LOST', 'ended before its answer was complete');
    }
    const body = text.trim() === '' ? null : this.#parse(text);
    if (isSuccess(response)) return body;
    const { code, detail } = Object(body) as { code?: unknown; detail?: unknown };
    if (typeof code !== 'string' || typeof detail !== 'string') throw this.#notOurs();
    const status = response.statusCode as number;
    const hint = status === 401 ? '. Give a token with --token-file, --token or TIDEGATE_TOKEN' : '';
    throw new ApiError(status, code, `${detail}${hint}`);
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#notOurs();
    }
  }

  #notOurs(): CliError {
    return new CliError(
      'NOT_A_CONTROL_API',
      `${this.label} does not answer as a Tidegate control API does; check its address and version`,
    );
  }

  #unreachable(error: NodeJS.ErrnoException): CliError {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      return this.#gone('CONNECTION_LOST', 'ended before its answer was complete');
    }
    if (/CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(error.code ?? '')) {
      const message = `${this.label} shows a certificate that is not trusted here (${error.code}); give its certificate authority with --ca <file>`;
      return new CliError('CERTIFICATE_NOT_TRUSTED', message);
    }
    return this.#gone('UNREACHABLE', `can't be reached (${error.code ?? error.message})`);
  }

  #gone(code: string, what: string): CliError {
    const next =
      this.target.kind === 'socket'
        ? 'see whether it still runs: tidegate status'
        : 'check the address and the network';
    return new CliError(code, `${this.label} ${what}; ${next}`);
  }
}

function isSuccess(response: IncomingMessage): boolean {
  const status = response.statusCode ?? 0;
  return status >= 200 && status < 300;
}
