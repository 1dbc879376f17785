/** An ordinary Express app with express-session, on a store that its test gives it. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session, { type Store } from 'express-session';

declare module 'express-session' {
  interface SessionData {
    [field: string]: unknown;
  }
}

export const MAX_AGE_MS = 60_000;

/**
 * `/login`, `/logout`, `/me` (all of the session), `/set?field=…&value=…`, and `/held/set`, which does the same when `held` lets it go, so that
 * a test decides what happens between the load and the save.
 */
export async function serveSessions(store: Store, held: () => Promise<void> = async () => {}): Promise<Server> {
  const app = express();
  app.use(
    session({
      store,
      secret: 'of the test',
      resave: false,
      saveUninitialized: false,
      rolling: true,
      cookie: { maxAge: MAX_AGE_MS },
    }),
  );
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = request.query.user;
      response.json({ user: request.session.user, pid: process.pid });
    });
  });
  app.post('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json({})));
  });
  app.get('/me', (request, response) => {
    const { cookie: _, ...fields } = request.session;
    response.json({ ...fields, pid: process.pid });
  });
  app.post(['/set', '/held/set'], async (request, response) => {
    if (request.path.startsWith('/held')) await held();
    request.session[String(request.query.field)] = request.query.value;
    response.json({});
  });
  app.use(((error, _request, response, _next) => {
    response.status(500).json({ code: error.code, message: error.message });
  }) satisfies express.ErrorRequestHandler);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** A browser's worth of client: it keeps its session cookie. */
export class SessionClient {
  cookie = '';

  async get(port: number, path: string): Promise<Record<string, unknown>> {
    return (await this.#ask(port, path, 'GET')).body;
  }

  async post(port: number, path: string): Promise<Record<string, unknown>> {
    return (await this.#ask(port, path, 'POST')).body;
  }

  /** The answer with its status, error or not. */
  async ask(port: number, path: string, method = 'GET'): Promise<{ status: number; setCookie: string | undefined }> {
    const { status, setCookie } = await this.#ask(port, path, method, false);
    return { status, setCookie };
  }

  async #ask(port: number, path: string, method: string, mustSucceed = true) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { cookie: this.cookie } });
    const [setCookie] = response.headers.getSetCookie();
    if (setCookie !== undefined) this.cookie = setCookie.split(';', 1)[0] ?? '';
    const body = (await response.json()) as Record<string, unknown>;
    if (mustSucceed && !response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(body)}`);
    return { status: response.status, setCookie, body };
  }
}
