/** Calls to the control API. */
import { page } from './dom.ts';
import type { Session } from './session.ts';

/** The server said no, and why: `detail` is for people. */
export class RefusalError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = 'RefusalError';
    this.status = status;
    this.code = code;
  }
}

export interface Sending {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export class Api {
  readonly #onLoginNeeded: () => void;
  session: Session | null = null;

  constructor(onLoginNeeded: () => void) {
    this.#onLoginNeeded = onLoginNeeded;
  }

  /** Asks who the reader is; null: he has to log in, and has been asked to. */
  async whoAmI(): Promise<Session | null> {
    try {
      this.session = await this.get<Session>('session');
    } catch (error) {
      if (!(error instanceof RefusalError && error.status === 401)) throw error;
    }
    return this.session;
  }

  /**
   * Gives a token for a session, whose cookie no script can read.
   * @throws RefusalError for a token that is none, or too many attempts
   */
  async logIn(token: string): Promise<void> {
    this.session = (await (await this.post('login', { token })).json()) as Session;
  }

  async logOut(): Promise<void> {
    await this.post('logout');
    this.#loginNeeded();
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.send('GET', path)).json()) as T;
  }

  post(path: string, body?: unknown): Promise<Response> {
    return this.send('POST', path, body === undefined ? {} : { body });
  }

  /**
   * Any call; paths are relative to the page, which may stand under a prefix.
   * @throws RefusalError for a problem; TypeError when the server can't be reached
   */
  async send(method: string, path: string, { body, signal }: Sending = {}): Promise<Response> {
    const headers: Record<string, string> = {};
    const csrfToken = this.session?.csrfToken ?? null;
    if (method !== 'GET' && csrfToken !== null) headers['X-CSRF-Token'] = csrfToken;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const response = await fetch(new URL(path, page.document.baseURI), {
      method,
      headers,
      ...(signal === undefined ? {} : { signal }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const type = response.headers.get('content-type') ?? '';
    if (!type.startsWith('application/problem+json')) return response;
    const { code, detail } = (await response.json()) as { readonly code: string; readonly detail: string };
    if (response.status === 401 && path !== 'login') this.#loginNeeded();
    throw new RefusalError(response.status, code, detail);
  }

  #loginNeeded(): void {
    this.session = null;
    this.#onLoginNeeded();
  }
}
