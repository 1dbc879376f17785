/** Why the fleet refused something; `code` is stable. */
export type FleetErrorCode =
  /** An argument is not what it should be; the message names it. */
  | 'FLEET_BAD_ARGUMENT'
  | 'SERVER_NOT_FOUND'
  /** A server of this id registers itself: it cannot be registered or removed by hand, because its next heartbeat would undo it. */
  | 'SERVER_REGISTERS_ITSELF'
  /** No server is known whose figures are known: nothing can be promised. Ask again after a heartbeat. */
  | 'CAPACITY_UNKNOWN'
  /** All that may be leased is leased. */
  | 'NO_CAPACITY'
  /** The owner holds as many slots as one owner may. */
  | 'QUOTA_EXCEEDED'
  /** More was asked for than a lease may ever get. */
  | 'BANDWIDTH_TOO_HIGH'
  | 'LEASE_NOT_FOUND'
  /** The id is another request's. */
  | 'LEASE_EXISTS'
  /** Somebody else is granting it at this moment; ask again. */
  | 'LEASE_PENDING'
  /** It was never granted: nothing but another create is allowed. */
  | 'LEASE_NOT_GRANTED'
  /** It must be connected first. */
  | 'LEASE_NOT_CONNECTED'
  /** It is over for good; take another id. */
  | 'LEASE_ENDED'
  /** Too many changes of one lease at the same moment. */
  | 'LEASE_BUSY';

/** A refusal. Nothing was taken or changed. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly code: FleetErrorCode;
  /** When it may be worth another try; null: not before something else changes. */
  readonly retryAfterMs: number | null;

  constructor(code: FleetErrorCode, message: string, options: { retryAfterMs?: number } = {}) {
    super(message);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
