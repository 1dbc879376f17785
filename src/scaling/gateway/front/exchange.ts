import { type ExchangeError, GatewayError, statusOf, terminationOf } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { type LimitVerdict, limitLines } from '../limiter.ts';
import { ownReply } from '../own-reply.ts';
import type { RouteSettings } from '../routes.ts';
import type { Claimant } from '../upstream/dispatcher.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { ConnectionUser, UpstreamConnection } from '../upstream/upstream-connection.ts';
import { writeAll, writeTogether } from '../wire/one-write.ts';
import type { RequestHead } from '../wire/request-head.ts';
import { Attempt } from './attempt.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { allowedMs, type ExchangePhase, lateness, PHASE_LETTER } from './exchange-phase.ts';
import { ExchangeRecord } from './exchange-record.ts';
import { RequestBody } from './request-body.ts';
import { type RelayedExchange, ResponseRelay } from './response-relay.ts';

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
  /** Lines to add to the response. */
  extraLines = '';
  readonly record: ExchangeRecord;
  readonly body: RequestBody;
  readonly #forwarded: string;
  readonly #route: RouteSettings;
  #relay: ResponseRelay | undefined;
  #attempt: Attempt | undefined;
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
    const { settings } = client.context;
    this.#route = settings.routes?.of(head.target) ?? settings;
    this.body = new RequestBody(head, this.#route.maxBodyBytes);
    this.record = new ExchangeRecord(nowMs);
  }

  get upstream(): Upstream | undefined {
    return this.#attempt?.upstream;
  }

  /** All of the request has been taken from the client. */
  get requestDone(): boolean {
    return this.body.done;
  }

  begin(): void {
    const { context, head, client } = this;
    context.counts.requests += 1;
    context.retryBudget.noteRequest();
    if (head.framing.kind === 'length' && head.framing.bytes > this.#route.maxBodyBytes) {
      this.fail(this.body.tooLarge());
      return;
    }
    this.pinned = context.cookies?.pinned(head.cookie, context.pool.members);
    if (context.limiter === undefined) {
      this.#dispatch(this.record.startMs);
      return;
    }
    const { method, target, host } = head;
    const verdict = context.limiter.check(
      { address: client.origin.client.address, method, target, host },
      this.record.startMs,
    );
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
    const attempt = new Attempt(upstream, nowMs);
    this.#attempt = attempt;
    this.record.queueMs = nowMs - this.record.startMs;
    if (!this.#isGivenAway(upstream)) this.#connect(attempt, nowMs);
  }

  /** The upstream gets the client's socket itself: what both say after the upgrade costs nothing here. */
  #isGivenAway(upstream: Upstream): boolean {
    const { context, client, head } = this;
    // Who is given away is not counted by maxconn any more: WebSockets last, what else upgrades may be a request in disguise.
    if (context.onHandOver === undefined || head.upgrade?.toLowerCase() !== 'websocket') return false;
    if (!client.canBeGivenAway) return false;
    // Only an answer that passes through here can carry our cookie.
    if (context.cookies !== undefined && this.pinned !== upstream) return false;
    const { socket, origin } = client;
    if (!context.onHandOver({ upstream: upstream.name, head: this.#forwarded, socket, origin })) return false;
    context.counts.upgrades += 1;
    context.counts.handedOver += 1;
    client.givenAway();
    this.record.status = 101;
    this.#end(undefined);
    return true;
  }

  queued(): void {
    this.phase = 'waiting';
    this.client.deadlineMs = performance.now() + this.#route.timeouts.queueMs;
  }

  refused(error: GatewayError): void {
    this.fail(this.#lastError ?? error);
  }

  /** The connection carries this request from now on. */
  connected(connection: UpstreamConnection): void {
    if (this.#attempt !== undefined) this.#carry(this.#attempt, connection, performance.now());
  }

  #carry(attempt: Attempt, connection: UpstreamConnection, nowMs: number): void {
    this.record.connectMs = nowMs - attempt.claimedMs;
    attempt.sentMs = nowMs;
    this.connection = connection;
    this.phase = 'awaiting';
    const pieces = this.body.replay.pieces.slice();
    const error = this.requestDone ? undefined : this.client.takeBody(pieces);
    if (error !== undefined) {
      this.fail(error);
      return;
    }
    writeTogether(connection.socket, this.#forwarded, pieces);
    this.touch(nowMs);
    this.client.holdBack(connection.socket.writableNeedDrain);
  }

  /** Sends on what `body.read` gave. */
  sendBody(pieces: readonly Buffer[]): void {
    const socket = this.connection?.socket;
    if (socket === undefined) return;
    writeAll(socket, pieces);
    this.touch();
    if (socket.writableNeedDrain) this.client.holdBack(true);
  }

  responseBytes(chunk: Buffer): boolean {
    this.#relay ??= new ResponseRelay(this);
    return this.#relay.take(chunk);
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
    const attempt = this.#attempt;
    if (attempt === undefined) return true;
    const { context, record } = this;
    const { upstream } = attempt;
    record.responseMs = nowMs - attempt.sentMs;
    const failed = status >= 500;
    context.pool.observe(upstream, failed, record.responseMs, nowMs);
    if (failed && context.settings.retryStatuses.has(status) && this.#mayRetry(nowMs)) {
      this.#retry(attempt, new GatewayError('UPSTREAM_GARBAGE', `${upstream.name} answered ${status}.`), nowMs);
      return false;
    }
    attempt.settle(!failed, nowMs);
    upstream.unreachable = false;
    this.body.replay.forget();
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
    const attempt = this.#attempt;
    if (attempt === undefined || this.phase === 'responding') {
      this.fail(error);
      return;
    }
    const sent = this.phase !== 'connecting';
    attempt.upstream.unreachable = true;
    if ((!sent || this.body.replay.possible) && this.#mayRetry(nowMs)) this.#retry(attempt, error, nowMs);
    else this.fail(error);
  }

  /** Ends the exchange with an error: the one answer for it, or, if the response has begun, the end of the connection. */
  fail(error: ExchangeError): void {
    if (this.phase === 'ended') return;
    const answered = this.phase === 'responding' || this.phase === 'tunnel';
    const blamed = error instanceof GatewayError && error.code !== 'CLIENT_GONE' && error.code !== 'REQUEST_TIMEOUT';
    if (blamed) this.#attempt?.settle(false, performance.now());
    this.connection?.destroy();
    this.connection = undefined;
    if (this.phase === 'waiting') this.context.dispatcher.leave(this);
    if (!answered) {
      this.record.status = statusOf(error);
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
        status: this.record.status,
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
    const { timeouts } = this.#route;
    const error = lateness(this.phase, this.#waitsForClient(), this.upstream?.name, timeouts);
    if (error.code === 'CONNECT_TIMEOUT') this.connection?.destroy();
    if (error.code === 'CONNECT_TIMEOUT' || error.code === 'SERVER_TIMEOUT') this.attemptFailed(error);
    else this.fail(error);
  }

  /** Something has moved: the time that is allowed for the next thing begins. */
  touch(nowMs = performance.now()): void {
    this.client.deadlineMs = nowMs + allowedMs(this.phase, this.#waitsForClient(), this.#route.timeouts);
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

  #connect(attempt: Attempt, nowMs: number): void {
    const { origin } = this.client;
    const { upstream } = attempt;
    const idle = attempt.fresh ? undefined : upstream.takeIdle(origin, nowMs);
    this.phase = 'connecting';
    if (idle !== undefined) {
      idle.user = this;
      this.#carry(attempt, idle, nowMs);
      return;
    }
    this.client.deadlineMs = nowMs + this.#route.timeouts.connectMs;
    this.connection = upstream.connect(this, origin);
  }

  /** The connection was lost while something was still to come. */
  #lost(why: string): void {
    const attempt = this.#attempt;
    const { connection } = this;
    const stale =
      this.phase === 'awaiting' && connection !== undefined && connection.served > 0 && !(this.#relay?.begun ?? false);
    const mayAskAgain = attempt !== undefined && !attempt.fresh && !attempt.upstream.draining;
    if (stale && mayAskAgain && this.body.replay.possible) {
      // It closed the idle connection as the request came: no fault of anybody's, and a new connection shows whether it is well.
      attempt.fresh = true;
      this.context.counts.staleConnections += 1;
      connection.destroy();
      this.#relay = undefined;
      this.#connect(attempt, performance.now());
      return;
    }
    this.attemptFailed(
      new GatewayError('UPSTREAM_RESET', `${attempt?.upstream.name} broke the connection off: ${why}.`),
    );
  }

  #mayRetry(nowMs: number): boolean {
    const { retryAttempts } = this.context.settings;
    // What was never sent may go elsewhere whatever its method is.
    const mayBeSentAgain = this.body.replay.possible || this.phase === 'connecting';
    if (this.record.retries >= retryAttempts || !mayBeSentAgain) return false;
    const others = this.context.pool.members.some(
      (member) => member !== this.upstream && !this.tried?.includes(member),
    );
    return others && this.context.retryBudget.withdraw(nowMs);
  }

  #retry(attempt: Attempt, error: GatewayError, nowMs: number): void {
    const { upstream } = attempt;
    this.record.retries += 1;
    this.context.counts.retries += 1;
    this.#lastError = error;
    this.tried ??= [];
    this.tried.push(upstream);
    this.connection?.destroy();
    this.connection = undefined;
    this.#relay = undefined;
    attempt.settle(false, nowMs);
    this.#attempt = undefined;
    this.context.dispatcher.release(upstream, nowMs);
    this.#dispatch(nowMs);
  }

  #end(error: ExchangeError | undefined): void {
    if (this.phase === 'ended') return;
    const where = PHASE_LETTER[this.phase];
    this.phase = 'ended';
    const nowMs = performance.now();
    const attempt = this.#attempt;
    if (attempt !== undefined) {
      attempt.abandon();
      this.context.dispatcher.release(attempt.upstream, nowMs);
    }
    const { onAccess } = this.context;
    if (onAccess === undefined) return;
    const termination = error === undefined ? '--' : terminationOf(error, where);
    const end = { upstream: attempt?.upstream.name, receivedBytes: this.body.receivedBytes, termination, nowMs };
    onAccess(this.record.entry(this.client.origin, this.head, end));
  }
}
