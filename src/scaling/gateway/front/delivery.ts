import type { ExchangeError } from '../errors.ts';
import { GatewayError } from '../errors.ts';
import type { RouteSettings } from '../routes.ts';
import type { Borrower } from '../upstream/read-buffers.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { ConnectionUser, UpstreamConnection } from '../upstream/upstream-connection.ts';
import { isFull, writeAll, writeTogether } from '../wire/one-write.ts';
import type { Attempt } from './attempt.ts';
import { Failover } from './failover.ts';
import type { RequestBody } from './request-body.ts';
import { type RelayedExchange, ResponseRelay } from './response-relay.ts';

/** The exchange, as the one who brings its request to an upstream sees it. */
export interface DeliveredExchange extends RelayedExchange {
  readonly route: RouteSettings;
  readonly body: RequestBody;
  /** The head as it goes to the upstream. */
  readonly forwarded: string;
  dispatch(nowMs: number): void;
  touch(nowMs?: number): void;
  tunnelEnded(): void;
  fail(error: ExchangeError): void;
}

/** A request's way to an upstream, to another one when that fails, and what comes back. */
export class Delivery implements ConnectionUser {
  attempt: Attempt | undefined;
  connection: UpstreamConnection | undefined;
  readonly #exchange: DeliveredExchange;
  #relay: ResponseRelay | undefined;
  #failover: Failover | undefined;

  constructor(exchange: DeliveredExchange) {
    this.#exchange = exchange;
  }

  /** Upstreams that failed it; undefined: none has. */
  get tried(): readonly Upstream[] | undefined {
    return this.#failover?.tried;
  }

  get lastError(): GatewayError | undefined {
    return this.#failover?.error;
  }

  connect(attempt: Attempt, nowMs: number): void {
    const exchange = this.#exchange;
    const { client } = exchange;
    this.attempt = attempt;
    const idle = attempt.fresh ? undefined : attempt.upstream.takeIdle(client.origin, nowMs);
    exchange.phase = 'connecting';
    if (idle !== undefined) {
      idle.user = this;
      this.#carry(attempt, idle, nowMs);
      return;
    }
    client.deadlineMs = nowMs + exchange.route.timeouts.connectMs;
    this.connection = attempt.upstream.connect(this, client.origin);
  }

  /** The connection carries the request from now on. */
  connected(connection: UpstreamConnection): void {
    if (this.attempt !== undefined) this.#carry(this.attempt, connection, performance.now());
  }

  #carry(attempt: Attempt, connection: UpstreamConnection, nowMs: number): void {
    const exchange = this.#exchange;
    const { body, client } = exchange;
    exchange.record.connectMs = nowMs - attempt.claimedMs;
    attempt.sentMs = nowMs;
    this.connection = connection;
    exchange.phase = 'awaiting';
    const pieces = body.replay.pieces.slice();
    const error = body.done ? undefined : client.takeBody(pieces);
    if (error !== undefined) {
      exchange.fail(error);
      return;
    }
    writeTogether(connection.socket, exchange.forwarded, pieces);
    exchange.touch(nowMs);
    client.holdBack(isFull(connection.socket));
  }

  /** More of the body. */
  sendBody(pieces: readonly Buffer[]): void {
    const socket = this.connection?.socket;
    if (socket === undefined) return;
    writeAll(socket, pieces);
    this.#exchange.touch();
    if (isFull(socket)) this.#exchange.client.holdBack(true);
  }

  responseBytes(chunk: Buffer): Borrower | undefined {
    this.#relay ??= new ResponseRelay(this.#exchange);
    return this.#relay.take(chunk);
  }

  upstreamDrained(): void {
    this.#exchange.client.holdBack(false);
    this.#exchange.touch();
  }

  upstreamEnded(): void {
    const exchange = this.#exchange;
    if (exchange.phase === 'tunnel') exchange.client.socket.end();
    else if (this.#relay?.endsWithConnection) {
      this.#relay.finish();
      exchange.responseDone(false);
    } else this.#lost('the upstream ended the connection');
  }

  upstreamClosed(error: Error | undefined): void {
    const exchange = this.#exchange;
    if (exchange.phase === 'connecting') {
      const why = `${this.attempt?.upstream.name} takes no connection: ${error?.message ?? 'closed'}.`;
      this.attemptFailed(new GatewayError('CONNECT_FAILED', why));
    } else if (exchange.phase === 'tunnel') exchange.tunnelEnded();
    else if (error === undefined && this.#relay?.endsWithConnection) this.upstreamEnded();
    else this.#lost(error?.message ?? 'the upstream closed the connection');
  }

  /** The response's head is there: what the upstream is worth is known. Returns false when it is tried elsewhere instead. */
  judge(status: number): boolean {
    const { attempt } = this;
    if (attempt === undefined) return true;
    const nowMs = performance.now();
    const { context, record, body } = this.#exchange;
    const { upstream } = attempt;
    record.responseMs = nowMs - attempt.sentMs;
    const failed = status >= 500;
    context.pool.observe(upstream, failed, record.responseMs, nowMs);
    if (failed && context.settings.retryStatuses.has(status) && this.#mayRetry(attempt, nowMs)) {
      this.#retry(attempt, new GatewayError('UPSTREAM_GARBAGE', `${upstream.name} answered ${status}.`), nowMs);
      return false;
    }
    attempt.settle(!failed, nowMs);
    upstream.unreachable = false;
    body.replay.forget();
    return true;
  }

  /** This upstream did not give an answer; perhaps another one does. */
  attemptFailed(error: GatewayError): void {
    const nowMs = performance.now();
    const { attempt } = this;
    const exchange = this.#exchange;
    if (attempt === undefined || exchange.phase === 'responding') {
      exchange.fail(error);
      return;
    }
    attempt.upstream.unreachable = true;
    if (this.#mayRetry(attempt, nowMs)) this.#retry(attempt, error, nowMs);
    else exchange.fail(error);
  }

  /** All of the response has been given to the client. */
  release(reusable: boolean, keepAliveMs: number | undefined): void {
    const { connection } = this;
    this.connection = undefined;
    if (connection === undefined) return;
    if (reusable) this.attempt?.upstream.putIdle(connection, keepAliveMs, performance.now());
    else connection.destroy();
  }

  cut(): void {
    this.connection?.destroy();
    this.connection = undefined;
  }

  /** The connection was lost while something was still to come. */
  #lost(why: string): void {
    const { attempt, connection } = this;
    const exchange = this.#exchange;
    const stale =
      exchange.phase === 'awaiting' &&
      connection !== undefined &&
      connection.served > 0 &&
      !(this.#relay?.begun ?? false);
    const mayAskAgain = attempt !== undefined && !attempt.fresh && !attempt.upstream.draining;
    if (stale && mayAskAgain && exchange.body.replay.possible) {
      // It closed the idle connection as the request came: no fault of anybody's, and a new connection shows whether it is well.
      attempt.fresh = true;
      exchange.context.counts.staleConnections += 1;
      connection.destroy();
      this.#relay = undefined;
      this.connect(attempt, performance.now());
      return;
    }
    const from = attempt?.upstream.name;
    this.attemptFailed(new GatewayError('UPSTREAM_RESET', `${from} broke the connection off: ${why}.`));
  }

  #mayRetry(attempt: Attempt, nowMs: number): boolean {
    const exchange = this.#exchange;
    // What was never sent may go elsewhere whatever its method is.
    if (!exchange.body.replay.possible && exchange.phase !== 'connecting') return false;
    this.#failover ??= new Failover(exchange.context);
    return this.#failover.allows(attempt.upstream, nowMs);
  }

  #retry(attempt: Attempt, error: GatewayError, nowMs: number): void {
    const exchange = this.#exchange;
    exchange.record.retries += 1;
    this.#failover?.note(attempt.upstream, error);
    this.cut();
    this.#relay = undefined;
    attempt.settle(false, nowMs);
    this.attempt = undefined;
    exchange.context.dispatcher.release(attempt.upstream, nowMs);
    exchange.dispatch(nowMs);
  }
}
