import type { ExchangeError } from '../errors.ts';
import { GatewayError } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { type LimitVerdict, limitLines } from '../limiter.ts';
import type { RouteSettings } from '../routes.ts';
import type { RequestHead } from '../wire/request-head.ts';
import { BodyHold, bytesToHold } from './body-hold.ts';
import type { ExchangeClient } from './exchange-client.ts';
import type { ExchangePhase } from './exchange-phase.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { RequestBody } from './request-body.ts';

/** The exchange, before it may want an upstream. */
export interface Applicant {
  readonly client: ExchangeClient;
  readonly context: GatewayContext;
  readonly head: RequestHead;
  readonly route: RouteSettings;
  readonly body: RequestBody;
  readonly record: ExchangeRecord;
  phase: ExchangePhase;
  extraLines: string;
  dispatch(nowMs: number): void;
  fail(error: ExchangeError): void;
}

/** What a request has to pass before it gets an upstream: the body's size, limits, and the wait for its body's beginning. */
export class Admission {
  readonly #applicant: Applicant;
  #hold: BodyHold | undefined;

  constructor(applicant: Applicant) {
    this.#applicant = applicant;
  }

  begin(nowMs: number): void {
    const { context, client, head, route, body } = this.#applicant;
    if (head.framing.kind === 'length' && head.framing.bytes > route.maxBodyBytes) {
      this.#applicant.fail(body.tooLarge());
      return;
    }
    if (context.limiter === undefined) {
      this.#awaitBody(nowMs);
      return;
    }
    const { method, target, host } = head;
    const verdict = context.limiter.check({ address: client.origin.client.address, method, target, host }, nowMs);
    if (!(verdict instanceof Promise)) {
      this.#limited(verdict, nowMs);
      return;
    }
    verdict.then(
      (settled) => this.#limited(settled, performance.now()),
      () => this.#applicant.fail(new GatewayError('LIMITER_FAILED', 'The limit could not be looked up.', 1)),
    );
  }

  /** More of the body is held by the client's connection. */
  bodyHeld(): void {
    if (this.#hold === undefined || !this.#hold.isOver(this.#applicant.client.heldBytes)) return;
    this.end();
    this.#applicant.dispatch(performance.now());
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#hold?.end();
    this.#hold = undefined;
  }

  #limited(verdict: LimitVerdict | undefined, nowMs: number): void {
    const applicant = this.#applicant;
    if (applicant.phase !== 'limiting') return;
    if (verdict !== undefined) applicant.extraLines += limitLines(verdict);
    if (verdict === undefined || verdict.allowed) this.#awaitBody(nowMs);
    else {
      const seconds = Math.max(1, Math.ceil(verdict.retryAfterMs / 1000));
      applicant.fail(new GatewayError('RATE_LIMITED', 'Too many requests from this address.', seconds));
    }
  }

  /** What is there already of the body, as with most, is all there is to wait for: nothing is made then. */
  #awaitBody(nowMs: number): void {
    const applicant = this.#applicant;
    const { client, context } = applicant;
    const needed = bytesToHold(applicant.head, context.settings.holdBody.bytes);
    if (needed > client.heldBytes) {
      const hold = new BodyHold(context, needed);
      if (!hold.isOver(client.heldBytes)) {
        this.#hold = hold;
        applicant.phase = 'holding';
        client.deadlineMs = nowMs + applicant.route.timeouts.clientMs;
        return;
      }
    }
    applicant.dispatch(nowMs);
  }
}
