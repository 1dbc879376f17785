/** What the fleet refuses, as answers of the control API. */
import { FleetError, type FleetErrorCode } from '../fleet/errors.ts';
import { StateError } from '../state/errors.ts';
import { ProblemError, type ProblemOptions } from './problem.ts';

/**
 * A full fleet is a conflict with its state (409), not a failure: a proxy that sees 503s takes the API for down and tries it again.
 * An owner over quota gets 429, so that "you have too many" and "there are too few" differ by status; ending a lease of its own helps.
 * 503 is left for what nobody can know at the moment: no figures, no store. It carries a Retry-After.
 */
const STATUS: Readonly<Record<FleetErrorCode, number>> = {
  FLEET_BAD_ARGUMENT: 400,
  SERVER_NOT_FOUND: 404,
  SERVER_REGISTERS_ITSELF: 409,
  CAPACITY_UNKNOWN: 503,
  NO_CAPACITY: 409,
  QUOTA_EXCEEDED: 429,
  BANDWIDTH_TOO_HIGH: 422,
  LEASE_NOT_FOUND: 404,
  LEASE_EXISTS: 409,
  LEASE_PENDING: 409,
  LEASE_NOT_GRANTED: 409,
  LEASE_NOT_CONNECTED: 409,
  LEASE_ENDED: 409,
  LEASE_BUSY: 409,
};

/** A store that is away is probably back, or replaced by the embedded one, within this time. */
const STATE_RETRY_MS = 2_000;

/** The result of `work`. @throws ProblemError in the place of a FleetError, or of a StateError that is no mistake of ours */
export async function askFleet<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFleetProblem(error);
  }
}

function asFleetProblem(error: unknown): unknown {
  if (error instanceof FleetError) {
    return new ProblemError(STATUS[error.code], error.code, error.message, retryAfter(error.retryAfterMs, error));
  }
  if (error instanceof StateError && error.code !== 'STATE_BAD_ARGUMENT' && error.code !== 'STATE_WRONG_TYPE') {
    const detail = `The shared state did not do it: ${error.message}`;
    return new ProblemError(503, error.code, detail, retryAfter(STATE_RETRY_MS, error));
  }
  return error;
}

function retryAfter(afterMs: number | null, cause: Error): ProblemOptions {
  return afterMs === null ? { cause } : { cause, headers: { 'Retry-After': String(Math.ceil(afterMs / 1_000)) } };
}
