import { GatewayError } from '../errors.ts';
import type { Timeouts } from '../timeouts.ts';

/**
 * Where a request is. limiting → holding (for the beginning of its body) → waiting → connecting → awaiting → responding → ended; an upgrade goes from awaiting to tunnel; a
 * retry goes from connecting or awaiting back to waiting; all may go to ended.
 */
export type ExchangePhase =
  | 'limiting'
  | 'holding'
  | 'waiting'
  | 'connecting'
  | 'awaiting'
  | 'responding'
  | 'tunnel'
  | 'ended';

/** As the access log writes where an exchange ended. */
export const PHASE_LETTER = {
  limiting: 'R',
  holding: 'R',
  waiting: 'Q',
  connecting: 'C',
  awaiting: 'H',
  responding: 'D',
  tunnel: 'D',
  ended: 'D',
} as const satisfies Record<ExchangePhase, string>;

/** How long the next thing to happen may take, once something has moved. */
export function allowedMs(phase: ExchangePhase, waitsForClient: boolean, timeouts: Timeouts): number {
  if (phase === 'tunnel') return timeouts.tunnelMs;
  return waitsForClient ? timeouts.clientMs : timeouts.serverMs;
}

/** What it means that nothing has happened in time. */
export function lateness(
  phase: ExchangePhase,
  waitsForClient: boolean,
  upstream: string | undefined,
  timeouts: Timeouts,
): GatewayError {
  switch (phase) {
    case 'holding':
      return new GatewayError('REQUEST_TIMEOUT', `The body's beginning was not there within ${timeouts.clientMs} ms.`);
    case 'waiting':
      return new GatewayError('QUEUE_TIMEOUT', `No upstream had room within ${timeouts.queueMs} ms.`, 1);
    case 'connecting':
      return new GatewayError('CONNECT_TIMEOUT', `${upstream} took no connection within ${timeouts.connectMs} ms.`);
    case 'awaiting':
    case 'responding':
      return waitsForClient
        ? new GatewayError('REQUEST_TIMEOUT', `The client did nothing for ${timeouts.clientMs} ms.`)
        : new GatewayError('SERVER_TIMEOUT', `${upstream} did not answer within ${timeouts.serverMs} ms.`);
    default:
      return new GatewayError('CLIENT_GONE', `Nothing came for ${timeouts.tunnelMs} ms.`);
  }
}
