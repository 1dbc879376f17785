import type { AccessEntry } from '../access-log.ts';
import { type ExchangeError, GatewayError, statusOf, terminationOf } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { type LimitVerdict, limitLines } from '../limiter.ts';
import { ownReply } from '../own-reply.ts';
import type { Claimant } from '../upstream/dispatcher.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { BreakerTicket } from '../upstream/upstream-breaker.ts';
import type { ConnectionUser, UpstreamConnection } from '../upstream/upstream-connection.ts';
import { BodyReader } from '../wire/body-reader.ts';
import { writeAll, writeTogether } from '../wire/one-write.ts';
import type { RequestHead } from '../wire/request-head.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { Replay } from './replay.ts';
import { type ExchangePhase, type RelayedExchange, ResponseRelay } from './response-relay.ts';

const LETTER = {
  limiting: 'R',
  waiting: 'Q',
  connecting: 'C',
  awaiting: 'H',
  responding: 'D',
  tunnel: 'D',
  ended: 'D',
} as const;

/** One request and its response. */
export class Exchange implements Claimant, ConnectionUser, RelayedExchange {
  readonly client: ExchangeClient;
  readonly head: RequestHead;
  readonly context: GatewayContext;
  phase: ExchangePhase = 'limiting';
  readonly affinityKey: string | undefined;
  pinned: Upstream | undefined;
  tried: Upstream[] | undefined;
  connection: UpstreamConnection | undefined;
  upstream: Upstream | undefined;
  /** All of the request has been taken from the client. */
  requestDone: boolean;
  /** Lines to add to the response. */
  extraLines = '';
  responseMs = Number.NaN;
  status = 0;
  sentBytes = 0;
  readonly #forwarded: string;
  readonly #body: BodyReader | undefined;
  readonly #replay: Replay;
  readonly #startMs: number;
  #relay: ResponseRelay | undefined;
  #ticket: BreakerTicket = 0;
  /** The claim's outcome has been told to the breaker. */
  #judged = true;
  #fresh = false;
  #staleRetried = false;
  #retries = 0;
  #queueMs = Number.NaN;
  #connectMs = Number.NaN;
  #claimedMs = 0;
  #sentMs = 0;
  #lastError: GatewayError | undefined;

  constructor(
    client: ExchangeClient,
    head: RequestHead,
    forwarded: string,
    affinityKey: string | undefined,
    nowMs: number,
  ) {
    this.client = client;
    this.context = client.context;
    this.head = head;
    this.#forwarded = forwarded;
    this.affinityKey = affinityKey;
    const { framing } = head;
    this.requestDone = framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
    this.#body = this.requestDone ? undefined : new BodyReader(framing, 'as-framed');
    this.#replay = new Replay(head.method);
    this.#startMs = nowMs;
  }

  get body(): BodyReader | undefined {
    return this.#body;
  }

  begin(): void {
    const { context, head, client } = this;
    context.counts.requests += 1;
    context.retryBudget.noteRequest();
    if (head.framing.kind === 'length' && head.framing.bytes > context.settings.maxBodyBytes) {
      this.fail(new WireError('BODY_TOO_LARGE', `the body is longer than ${context.settings.maxBodyBytes} bytes`));
      return;
    }
    this.pinned = context.cookies?.pinned(head.cookie, context.pool.members);
    if (context.limiter === undefined) {
      this.#dispatch(this.#startMs);
      return;
    }
    const { method, target, host } = head;
    const verdict = context.limiter.check({ address: client.address, method, target, host }, this.#startMs);
    if (!(verdict instanceof Promise)) {
      this.#limited(verdict);
      return;
    }
    verdict.then(
      (settled) => this.#limited(settled),
      () => this.fail(new GatewayError('LIMITER_FAILED', 'The limit could not be looked up.', 1)),
    );
  }

  assigned(upstream: Upstream): void {
    const nowMs = performance.now();
    this.upstream = upstream;
    this.#ticket = upstream.breaker.claim();
    this.#judged = false;
    this.#queueMs = nowMs - this.#startMs;
    this.#claimedMs = nowMs;
    this.#connect(upstream, nowMs);
  }

  queued(): void {
    this.phase = 'waiting';
    this.client.deadlineMs = performance.now() + this.context.settings.timeouts.queueMs;
  }

  refused(error: GatewayError): void {
    this.fail(this.#lastError ?? error);
  }

  /** The connection carries this request from now on. */
  connected(connection: UpstreamConnection): void {
    this.#carry(connection, performance.now());
  }

  #carry(connection: UpstreamConnection, nowMs: number): void {
    this.#connectMs = nowMs - this.#claimedMs;
    this.#sentMs = nowMs;
    this.connection = connection;
    this.phase = 'awaiting';
    const pieces = this.#replay.pieces.slice();
    const error = this.requestDone ? undefined : this.client.takeBody(pieces);
    if (error !== undefined) {
      this.fail(error);
      return;
    }
    writeTogether(connection.socket, this.#forwarded, pieces);
    this.touch(nowMs);
    this.client.holdBack(connection.socket.writableNeedDrain);
  }

  /** Takes body bytes; what is to be sent is appended to `out`. @returns where the body ended in `chunk`. @throws WireError */
  readBody(chunk: Buffer, from: number, out: Buffer[]): number {
    const body = this.#body as BodyReader;
    const before = out.length;
    const end = body.read(chunk, from, out);
    if (body.payloadBytes > this.context.settings.maxBodyBytes) {
      throw new WireError('BODY_TOO_LARGE', `the body is longer than ${this.context.settings.maxBodyBytes} bytes`);
    }
    this.#replay.keep(before === 0 ? out : out.slice(before));
    this.requestDone = body.done;
    return end;
  }

  /** Sends on what `readBody` gave. */
  sendBody(pieces: readonly Buffer[]): void {
    const socket = this.connection?.socket;
    if (socket === undefined) return;
    writeAll(socket, pieces);
    this.touch();
    if (socket.writableNeedDrain) this.client.holdBack(true);
  }

  responseBytes(chunk: Buffer): void {
    this.#relay ??= new ResponseRelay(this);
    this.#relay.take(chunk);
  }

  upstreamDrained(): void {
    this.client.holdBack(false);
    this.touch();
  }

  clientDrained(): void {
    const socket = this.connection?.socket;
    if (socket?.isPaused()) socket.resume();
    this.touch();
  }

  upstreamEnded(): void {
    if (this.phase === 'tunnel') this.client.socket.end();
    else if (this.#relay?.endsWithConnection) {
      this.#relay.finish();
      this.responseDone(false);
    } else this.#lost('the upstream ended the connection');
  }

  upstreamClosed(error: Error | undefined): void {
    if (this.phase === 'connecting') {
      this.attemptFailed(
        new GatewayError(
          'CONNECT_FAILED',
          `${this.upstream?.name} takes no connection: ${error?.message ?? 'closed'}.`,
        ),
      );
    } else if (this.phase === 'tunnel') {
      this.#end(undefined);
      this.client.endTunnel();
    } else if (error === undefined && this.#relay?.endsWithConnection) {
      this.upstreamEnded();
    } else this.#lost(error?.message ?? 'the upstream closed the connection');
  }

  /** The response's head is there: what the upstream is worth is known. Returns false when it is tried elsewhere instead. */
  judge(status: number): boolean {
    const nowMs = performance.now();
    this.responseMs = nowMs - this.#sentMs;
    const { upstream, context } = this;
    if (upstream === undefined) return true;
    const failed = status >= 500;
    context.pool.observe(upstream, failed, this.responseMs, nowMs);
    if (failed && context.settings.retryStatuses.has(status) && this.#mayRetry(nowMs)) {
      this.#retry(new GatewayError('UPSTREAM_GARBAGE', `${upstream.name} answered ${status}.`), nowMs);
      return false;
    }
    this.#outcome(!failed, nowMs);
    upstream.unreachable = false;
    this.#replay.forget();
    return true;
  }

  /** All of the response has been given to the client. */
  responseDone(reusable: boolean, keepAliveMs?: number): void {
    const { connection, upstream } = this;
    this.connection = undefined;
    if (connection !== undefined) {
      if (reusable && this.requestDone) upstream?.putIdle(connection, keepAliveMs, performance.now());
      else connection.destroy();
    }
    this.#end(undefined);
    this.client.exchangeDone(this.requestDone);
  }

  /** This upstream did not give an answer; perhaps another one does. */
  attemptFailed(error: GatewayError): void {
    const nowMs = performance.now();
    const { upstream } = this;
    if (upstream === undefined || this.phase === 'responding') {
      this.fail(error);
      return;
    }
    const sent = this.phase !== 'connecting';
    upstream.unreachable = true;
    if ((!sent || this.#replay.possible) && this.#mayRetry(nowMs)) this.#retry(error, nowMs);
    else this.fail(error);
  }

  /** Ends the exchange with an error: the one answer for it, or, if the response has begun, the end of the connection. */
  fail(error: ExchangeError): void {
    if (this.phase === 'ended') return;
    const answered = this.phase === 'responding' || this.phase === 'tunnel';
    const blamed = error instanceof GatewayError && error.code !== 'CLIENT_GONE' && error.code !== 'REQUEST_TIMEOUT';
    if (this.upstream !== undefined && !this.#judged && blamed) this.#outcome(false, performance.now());
    this.connection?.destroy();
    this.connection = undefined;
    if (this.phase === 'waiting') this.context.dispatcher.leave(this);
    if (!answered) {
      this.status = statusOf(error);
      this.context.counts.refused += 1;
    }
    this.#end(error);
    if (answered || error.code === 'CLIENT_GONE') {
      this.client.destroy();
      return;
    }
    const close = !this.head.keepAlive || !this.requestDone || statusOf(error) === 400 || this.context.draining();
    this.client.answer(
      ownReply({
        status: this.status,
        code: error.code,
        detail: error.message,
        bodiless: this.head.method === 'HEAD',
        close,
        retryAfterSeconds: error instanceof GatewayError ? error.retryAfterSeconds : undefined,
        extra: this.extraLines,
      }),
      close,
    );
  }

  clientGone(): void {
    if (this.phase === 'ended') return;
    this.context.counts.clientAborts += 1;
    this.fail(new GatewayError('CLIENT_GONE', 'The client went away.'));
  }

  /** The deadline that `touch` or `queued` set has passed. */
  expire(): void {
    const { timeouts } = this.context.settings;
    switch (this.phase) {
      case 'waiting':
        this.fail(new GatewayError('QUEUE_TIMEOUT', `No upstream had room within ${timeouts.queueMs} ms.`, 1));
        break;
      case 'connecting':
        this.connection?.destroy();
        this.attemptFailed(
          new GatewayError(
            'CONNECT_TIMEOUT',
            `${this.upstream?.name} took no connection within ${timeouts.connectMs} ms.`,
          ),
        );
        break;
      case 'awaiting':
      case 'responding':
        if (this.#waitsForClient())
          this.fail(new GatewayError('REQUEST_TIMEOUT', `The client did nothing for ${timeouts.clientMs} ms.`));
        else
          this.attemptFailed(
            new GatewayError('SERVER_TIMEOUT', `${this.upstream?.name} did not answer within ${timeouts.serverMs} ms.`),
          );
        break;
      default:
        this.fail(new GatewayError('CLIENT_GONE', `Nothing came for ${timeouts.tunnelMs} ms.`));
    }
  }

  /** Something has moved: the time that is allowed for the next thing begins. */
  touch(nowMs = performance.now()): void {
    const { timeouts } = this.context.settings;
    const allowedMs =
      this.phase === 'tunnel' ? timeouts.tunnelMs : this.#waitsForClient() ? timeouts.clientMs : timeouts.serverMs;
    this.client.deadlineMs = nowMs + allowedMs;
  }

  #waitsForClient(): boolean {
    if (this.client.socket.writableNeedDrain) return true;
    return !this.requestDone && this.phase === 'awaiting' && !(this.connection?.socket.writableNeedDrain ?? false);
  }

  #limited(verdict: LimitVerdict | undefined): void {
    if (this.phase !== 'limiting') return;
    if (verdict !== undefined) this.extraLines += limitLines(verdict);
    if (verdict === undefined || verdict.allowed) this.#dispatch(performance.now());
    else {
      const seconds = Math.max(1, Math.ceil(verdict.retryAfterMs / 1000));
      this.fail(new GatewayError('RATE_LIMITED', 'Too many requests from this address.', seconds));
    }
  }

  #dispatch(nowMs: number): void {
    this.phase = 'waiting';
    this.context.dispatcher.dispatch(this, nowMs);
  }

  #connect(upstream: Upstream, nowMs: number): void {
    const idle = this.#fresh ? undefined : upstream.takeIdle(nowMs);
    this.phase = 'connecting';
    if (idle !== undefined) {
      idle.user = this;
      this.#carry(idle, nowMs);
      return;
    }
    this.client.deadlineMs = nowMs + this.context.settings.timeouts.connectMs;
    this.connection = upstream.connect(this);
  }

  /** The connection was lost while something was still to come. */
  #lost(why: string): void {
    const { connection, upstream } = this;
    const stale =
      this.phase === 'awaiting' && connection !== undefined && connection.served > 0 && !(this.#relay?.begun ?? false);
    if (stale && upstream !== undefined && this.#replay.possible && !this.#staleRetried) {
      // It closed the idle connection as the request came: no fault of anybody's, and a new connection shows whether it is well.
      this.#staleRetried = true;
      this.#fresh = true;
      this.context.counts.staleConnections += 1;
      connection.destroy();
      this.#relay = undefined;
      this.#connect(upstream, performance.now());
      return;
    }
    this.attemptFailed(new GatewayError('UPSTREAM_RESET', `${upstream?.name} broke the connection off: ${why}.`));
  }

  #mayRetry(nowMs: number): boolean {
    const { retryAttempts } = this.context.settings;
    if (this.#retries >= retryAttempts || !this.#replay.possible) {
      // What was never sent may go elsewhere whatever its method is.
      if (this.#retries >= retryAttempts || this.phase !== 'connecting') return false;
    }
    const others = this.context.pool.members.some(
      (member) => member !== this.upstream && !this.tried?.includes(member),
    );
    return others && this.context.retryBudget.withdraw(nowMs);
  }

  #retry(error: GatewayError, nowMs: number): void {
    const upstream = this.upstream as Upstream;
    this.#retries += 1;
    this.context.counts.retries += 1;
    this.#lastError = error;
    this.tried ??= [];
    this.tried.push(upstream);
    this.connection?.destroy();
    this.connection = undefined;
    this.#relay = undefined;
    this.#fresh = false;
    this.#staleRetried = false;
    this.#outcome(false, nowMs);
    this.upstream = undefined;
    this.context.dispatcher.release(upstream, nowMs);
    this.#dispatch(nowMs);
  }

  #outcome(ok: boolean, nowMs: number): void {
    if (this.#judged) return;
    this.#judged = true;
    this.upstream?.breaker.outcome(this.#ticket, ok, nowMs);
  }

  #end(error: ExchangeError | undefined): void {
    if (this.phase === 'ended') return;
    const where = LETTER[this.phase];
    this.phase = 'ended';
    const nowMs = performance.now();
    if (this.upstream !== undefined) {
      if (!this.#judged) {
        this.#judged = true;
        this.upstream.breaker.abandon(this.#ticket);
      }
      this.context.dispatcher.release(this.upstream, nowMs);
    }
    this.context.onAccess?.(this.#entry(error === undefined ? '--' : terminationOf(error, where), nowMs));
  }

  #entry(termination: string, nowMs: number): AccessEntry {
    return {
      clientAddress: this.client.address,
      clientPort: this.client.port,
      method: this.head.method,
      target: this.head.target,
      host: this.head.host,
      status: this.status,
      upstream: this.upstream?.name,
      queueMs: this.#queueMs,
      connectMs: this.#connectMs,
      responseMs: this.responseMs,
      totalMs: nowMs - this.#startMs,
      receivedBytes: this.#body?.payloadBytes ?? 0,
      sentBytes: this.sentBytes,
      retries: this.#retries,
      termination,
    };
  }
}
