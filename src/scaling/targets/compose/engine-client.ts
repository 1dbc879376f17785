import { Agent, type IncomingMessage, request } from 'node:http';
import { EngineError } from './engine-error.ts';

/** An answer of more than this is no answer to what is asked here. */
const MAX_ANSWER_BYTES = 16 * 1_048_576;

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: object;
  readonly timeoutMs: number;
}

/** HTTP over the Engine's unix socket, no more. Paths carry no version: then the Engine takes its newest. */
export class EngineClient {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /**
   * The answer's JSON; undefined when it has no body. 304 is an answer too: it is already so.
   * @throws EngineError ENGINE_UNREACHABLE, ENGINE_REFUSED, ENGINE_BAD_ANSWER
   */
  async call({ method, path, body, timeoutMs }: EngineCall): Promise<unknown> {
    const { status, text } = await this.#exchange(method, path, body, timeoutMs);
    if (status >= 200 && status < 300) return text === '' ? undefined : parse(text, `${method} ${path}`);
    if (status === 304) return undefined;
    throw new EngineError('ENGINE_REFUSED', `${method} ${path}: ${status} ${messageOf(text)}`, { status });
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(
    method: string,
    path: string,
    body: object | undefined,
    timeoutMs: number,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const what = `${method} ${path}`;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(
          error instanceof EngineError
            ? error
            : new EngineError('ENGINE_UNREACHABLE', `${this.#socketPath}: ${what}: ${reasonOf(error, timeoutMs)}`, {
                cause: error,
              }),
        );
      const sending = request(
        {
          socketPath: this.#socketPath,
          agent: this.#agent,
          method,
          path,
          headers: {
            Host: 'docker',
            ...(payload !== undefined && {
              'Content-Type': 'application/json',
              'Content-Length': Buffer.byteLength(payload),
            }),
          },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (response) => {
          read(response, what).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail);
        },
      );
      sending.once('error', fail);
      sending.end(payload);
    });
  }
}

function reasonOf({ name, message }: Error, timeoutMs: number): string {
  return name === 'AbortError' || name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : message;
}

async function read(response: IncomingMessage, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new EngineError('ENGINE_BAD_ANSWER', `${what}: more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError('ENGINE_BAD_ANSWER', `${what}: the answer is not JSON`, { cause: error });
  }
}

/** The Engine says what is wrong in `message`. */
function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text).slice(0, 500);
  } catch {
    return text.slice(0, 500);
  }
}
