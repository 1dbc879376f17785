import { type ExchangeError, GatewayError, statusOf, terminationOf } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { ownReply } from '../own-reply.ts';
import type { RouteSettings } from '../routes.ts';
import type { Claimant } from '../upstream/dispatcher.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { RequestHead } from '../wire/request-head.ts';
import { Admission, type Applicant } from './admission.ts';
import { Attempt } from './attempt.ts';
import { type DeliveredExchange, Delivery } from './delivery.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { allowedMs, type ExchangePhase, lateness, PHASE_LETTER } from './exchange-phase.ts';
import { ExchangeRecord } from './exchange-record.ts';
import { RequestBody } from './request-body.ts';

/** One request and its response: admission → a place at an upstream → delivery → its end. */
export class Exchange implements Claimant, Applicant, DeliveredExchange {
  readonly client: ExchangeClient;
  readonly head: RequestHead;
  readonly context: GatewayContext;
  readonly route: RouteSettings;
  /** The head as it goes to the upstream. */
  readonly forwarded: string;
  readonly affinityKey: string | undefined;
  readonly record: ExchangeRecord;
  readonly body: RequestBody;
  phase: ExchangePhase = 'limiting';
  pinned: Upstream | undefined;
  /** Lines to add to the response. */
  extraLines = '';
  #admission: Admission | undefined;
  readonly #delivery = new Delivery(this);

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
    this.forwarded = forwarded;
    this.affinityKey = affinityKey;
    const { settings } = client.context;
    this.route = settings.routes?.of(head.target) ?? settings;
    this.body = new RequestBody(head, this.route.maxBodyBytes);
    this.record = new ExchangeRecord(nowMs);
  }

  get upstream(): Upstream | undefined {
    return this.#delivery.attempt?.upstream;
  }

  get connection(): UpstreamConnection | undefined {
    return this.#delivery.connection;
  }

  get tried(): readonly Upstream[] | undefined {
    return this.#delivery.tried;
  }

  /** All of the request has been taken from the client. */
  get requestDone(): boolean {
    return this.body.done;
  }

  begin(): void {
    const { context } = this;
    context.counts.requests += 1;
    context.retryBudget.noteRequest();
    this.pinned = context.cookies?.pinned(this.head.cookie, context.pool.members);
    const { startMs } = this.record;
    if (context.limiter === undefined && this.head.framing.kind !== 'length') {
      this.dispatch(startMs); // nothing has to be passed
      return;
    }
    this.#admission = new Admission(this);
    this.#admission.begin(startMs);
  }

  /** More of the body is held by the client's connection. */
  bodyHeld(): void {
    this.#admission?.bodyHeld();
  }

  dispatch(nowMs: number): void {
    this.phase = 'waiting';
    this.context.dispatcher.dispatch(this, nowMs);
  }

  queued(): void {
    this.phase = 'waiting';
    this.client.deadlineMs = performance.now() + this.route.timeouts.queueMs;
  }

  refused(error: GatewayError): void {
    this.fail(this.#delivery.lastError ?? error);
  }

  assigned(upstream: Upstream): void {
    const nowMs = performance.now();
    const attempt = new Attempt(upstream, nowMs);
    this.#delivery.attempt = attempt;
    this.record.queueMs = nowMs - this.record.startMs;
    if (!this.#isGivenAway(upstream)) this.#delivery.connect(attempt, nowMs);
  }

  /** The upstream gets the client's socket itself: what both say after the upgrade costs nothing here. */
  #isGivenAway(upstream: Upstream): boolean {
    const { context, client, head } = this;
    // Who is given away is not counted by maxconn any more: WebSockets last, what else upgrades may be a request in disguise.
    if (context.onHandOver === undefined || head.upgrade?.toLowerCase() !== 'websocket') return false;
    const { origin, socketToGive: socket } = client;
    if (socket === undefined) return false;
    // Only an answer that passes through here can carry our cookie.
    if (context.cookies !== undefined && this.pinned !== upstream) return false;
    if (!context.onHandOver({ upstream: upstream.name, head: this.forwarded, socket, origin })) return false;
    context.counts.upgrades += 1;
    context.counts.handedOver += 1;
    client.givenAway();
    this.record.status = 101;
    this.#end(undefined);
    return true;
  }

  /** Sends on what `body.read` gave. */
  sendBody(pieces: readonly Buffer[]): void {
    this.#delivery.sendBody(pieces);
  }

  clientDrained(): void {
    const socket = this.connection?.socket;
    if (socket?.isPaused()) socket.resume();
    this.touch();
  }

  judge(status: number): boolean {
    return this.#delivery.judge(status);
  }

  attemptFailed(error: GatewayError): void {
    this.#delivery.attemptFailed(error);
  }

  /** All of the response has been given to the client. */
  responseDone(reusable: boolean, keepAliveMs?: number): void {
    this.#delivery.release(reusable && this.requestDone, keepAliveMs);
    this.#end(undefined);
    this.client.exchangeDone(this.requestDone);
  }

  tunnelEnded(): void {
    this.#end(undefined);
    this.client.endTunnel();
  }

  clientGone(): void {
    if (this.phase === 'ended') return;
    this.context.counts.clientAborts += 1;
    this.fail(new GatewayError('CLIENT_GONE', 'The client went away.'));
  }

  /** The deadline that `touch`, `queued` or the admission has set has passed. */
  expire(): void {
    const error = lateness(this.phase, this.#waitsForClient(), this.upstream?.name, this.route.timeouts);
    if (error.code === 'CONNECT_TIMEOUT') this.connection?.destroy();
    if (error.code === 'CONNECT_TIMEOUT' || error.code === 'SERVER_TIMEOUT') this.attemptFailed(error);
    else this.fail(error);
  }

  /** Something has moved: the time that is allowed for the next thing begins. */
  touch(nowMs = performance.now()): void {
    this.client.deadlineMs = nowMs + allowedMs(this.phase, this.#waitsForClient(), this.route.timeouts);
  }

  #waitsForClient(): boolean {
    if (this.client.socket.writableNeedDrain) return true;
    return !this.requestDone && this.phase === 'awaiting' && !(this.connection?.socket.writableNeedDrain ?? false);
  }

  /** Ends the exchange with an error: the one answer for it, or, if the response has begun, the end of the connection. */
  fail(error: ExchangeError): void {
    if (this.phase === 'ended') return;
    const answered = this.phase === 'responding' || this.phase === 'tunnel';
    const blamed = error instanceof GatewayError && error.code !== 'CLIENT_GONE' && error.code !== 'REQUEST_TIMEOUT';
    if (blamed) this.#delivery.attempt?.settle(false, performance.now());
    this.#delivery.cut();
    if (this.phase === 'waiting') this.context.dispatcher.leave(this);
    if (!answered) {
      this.record.status = statusOf(error);
      this.context.counts.refused += 1;
    }
    this.#end(error);
    if (answered || error.code === 'CLIENT_GONE') this.client.destroy();
    else this.#answer(error);
  }

  #answer(error: ExchangeError): void {
    const close = !this.head.keepAlive || !this.requestDone || statusOf(error) === 400 || this.context.draining();
    const reply = ownReply({
      status: this.record.status,
      code: error.code,
      detail: error.message,
      bodiless: this.head.method === 'HEAD',
      close,
      retryAfterSeconds: error instanceof GatewayError ? error.retryAfterSeconds : undefined,
      extra: this.extraLines,
    });
    this.client.answer(reply, close);
  }

  #end(error: ExchangeError | undefined): void {
    if (this.phase === 'ended') return;
    const where = PHASE_LETTER[this.phase];
    this.phase = 'ended';
    this.#admission?.end();
    const nowMs = performance.now();
    const { attempt } = this.#delivery;
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
