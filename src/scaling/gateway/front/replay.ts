/** Bodies up to this are kept until the response begins, so that the request can be sent elsewhere. */
const MAX_REPLAY_BYTES = 65_536;

/** RFC 9110, 9.2.2: doing them twice is as good as once. TRACE is left out, PATCH and POST are not idempotent. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** What has been sent of a request's body, in case it must be sent again. */
export class Replay {
  /** Undefined: too much of it, or the method forbids it. */
  #pieces: Buffer[] | undefined;
  #bytes = 0;

  constructor(method: string) {
    this.#pieces = IDEMPOTENT.has(method) ? [] : undefined;
  }

  /** It may be sent twice. */
  get possible(): boolean {
    return this.#pieces !== undefined;
  }

  get pieces(): readonly Buffer[] {
    return this.#pieces ?? [];
  }

  keep(pieces: readonly Buffer[]): void {
    if (this.#pieces === undefined) return;
    for (const piece of pieces) {
      this.#bytes += piece.length;
      this.#pieces.push(piece);
    }
    if (this.#bytes > MAX_REPLAY_BYTES) this.#pieces = undefined;
  }

  /** The response has begun: it won't be sent again. */
  forget(): void {
    this.#pieces = undefined;
  }
}
