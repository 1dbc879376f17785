import { StateError, type StateErrorCode } from '../errors.ts';

/** What is known of a command that failed. */
export interface FailedCommand {
  readonly name: string;
  /** `host:port` of the node it went to, or was meant for. */
  readonly node: string;
  /** It was written, and it may change something: if its answer is lost, nobody knows whether it was done. */
  readonly mayBeDone: boolean;
}

/** Answers by which Redis refuses a command, by their first word. Each says that nothing was done. */
const REFUSALS: Readonly<Record<string, StateErrorCode>> = {
  WRONGTYPE: 'STATE_WRONG_TYPE',
  OOM: 'STATE_FULL',
  CROSSSLOT: 'STATE_BAD_ARGUMENT',
};

/** Refusals without a word of their own, which begin with ERR; scripts wrap them in more text. */
const REFUSAL_TEXTS: readonly (readonly [RegExp, StateErrorCode])[] = [
  [/\bWRONGTYPE\b/, 'STATE_WRONG_TYPE'],
  [/not an integer|not a valid float/, 'STATE_WRONG_TYPE'],
  [/would overflow/, 'STATE_BAD_ARGUMENT'],
  [/\bOOM\b/, 'STATE_FULL'],
];

/**
 * The one place where a failure of ioredis or Redis becomes a StateError.
 *
 * An answer of Redis says that the command was not done: its type doesn't fit (STATE_WRONG_TYPE), memory is used up (STATE_FULL), else the
 * node can't serve now (READONLY, CLUSTERDOWN, LOADING, MASTERDOWN, NOAUTH, MISCONF …: STATE_UNAVAILABLE). Everything else is a connection
 * that failed: STATE_UNAVAILABLE, ambiguous if the command was on its way.
 */
export function stateErrorOf(error: unknown, { name, node, mayBeDone }: FailedCommand): StateError {
  if (error instanceof StateError) return error;
  const { message, name: kind } = error as Error;
  const what = `${name.toUpperCase()} at Redis ${node}`;
  if (kind !== 'ReplyError') {
    const unknown = mayBeDone ? '; whether it was done is not known' : '';
    return new StateError('STATE_UNAVAILABLE', `${what}: ${message}${unknown}`, {
      cause: error,
      ambiguous: mayBeDone,
    });
  }
  const word = message.split(' ', 1)[0] as string;
  const code = REFUSALS[word] ?? REFUSAL_TEXTS.find(([text]) => text.test(message))?.[1] ?? 'STATE_UNAVAILABLE';
  return new StateError(code, `${what}: ${message}`, { cause: error });
}

/** `timeoutMs` passed without an answer. */
export function timeoutError({ name, node, mayBeDone }: FailedCommand, timeoutMs: number): StateError {
  const unknown = mayBeDone ? '; whether it was done is not known' : '';
  const message = `${name.toUpperCase()} at Redis ${node}: no answer within ${timeoutMs} ms${unknown}`;
  return new StateError('STATE_TIMEOUT', message, { ambiguous: mayBeDone });
}

/** The caller's signal. */
export function abortError({ name, mayBeDone }: FailedCommand, reason: unknown): StateError {
  return new StateError('STATE_ABORTED', `${name.toUpperCase()} was aborted by its caller`, {
    cause: reason,
    ambiguous: mayBeDone,
  });
}

/** Nothing was sent, because there is no connection. */
export function notConnectedError(name: string, node: string, lastError: string | null): StateError {
  const why = lastError === null ? '' : ` (${lastError})`;
  return new StateError('STATE_UNAVAILABLE', `${name.toUpperCase()}: not connected to Redis ${node}${why}`);
}

export function closedError(name: string, mayBeDone = false): StateError {
  const message = `${name.toUpperCase()}: the shared state was closed`;
  return new StateError('STATE_CLOSED', message, { ambiguous: mayBeDone });
}

/** Whether the node doesn't know the script it was asked to run by its hash: it was restarted, or is another one. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && error.message.startsWith('NOSCRIPT');
}
