import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { ClusterServer } from './internals.ts';
import type { RequestCounters } from './request-counters.ts';

/** The requests of HTTP/2 servers, which Node does not announce: each stream is one. */
export class Http2Requests {
  readonly sessions = new Set<Http2Session>();
  readonly #requests: RequestCounters;

  constructor(requests: RequestCounters) {
    this.#requests = requests;
  }

  observe(server: ClusterServer): void {
    server.on('session', (session: Http2Session) => this.#addSession(session));
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
      this.#streamStarted(stream, headers),
    );
  }

  #addSession(session: Http2Session): void {
    this.sessions.add(session);
    session.once('close', () => this.sessions.delete(session));
  }

  #streamStarted(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const startedAt = performance.now();
    this.#requests.started += 1;
    stream.once('close', () => {
      const status = Number(stream.sentHeaders?.[':status'] ?? 0);
      if (status === 0 || stream.rstCode !== 0) this.#requests.aborted += 1;
      else
        this.#requests.complete(
          String(headers[':method']),
          String(headers[':path']),
          status,
          performance.now() - startedAt,
        );
    });
  }
}
