import type { SharedState } from '../../../../../src/scaling/state/shared-state.ts';

/** Waits until the order of events lets this one happen. */
export type Gate = (label: string) => Promise<void>;

const CALLS = ['get', 'getMany', 'set', 'add', 'deleteIfEqual', 'delete', 'expire', 'publish'] as const;

export interface ScheduleOptions {
  readonly gate: Gate;
  /** Asked for each call before and after it is applied; true: it fails there. */
  readonly fails?: () => boolean;
  /** Counts messages on their way: +1 when one sets out, -1 when it was heard. */
  readonly onMessage: (difference: 1 | -1) => void;
}

/**
 * A shared state in which every call passes a gate before it is applied and another before its answer arrives, and every message one
 * before it is heard: as with processes that run at any speed. Calls and messages of one process may overtake one another; messages of
 * one channel come in order.
 */
export function scheduledState(
  inner: SharedState,
  { gate, onMessage, fails = () => false }: ScheduleOptions,
): SharedState {
  const outer = Object.create(inner) as Record<string, unknown>;
  for (const call of CALLS) {
    const apply = (inner[call] as (...given: unknown[]) => Promise<unknown>).bind(inner);
    outer[call] = async (...given: unknown[]) => {
      await gate(`${call} applied`);
      if (fails()) throw new Error(`${call} was not applied`);
      const answer = await apply(...given);
      await gate(`${call} answered`);
      if (fails()) throw new Error(`${call} was applied, and the answer lost`);
      return answer;
    };
  }
  outer.subscribe = (channel: string, listener: (message: Buffer) => void) => {
    let previous = Promise.resolve();
    return inner.subscribe(channel, (message) => {
      onMessage(1);
      const heard = async (): Promise<void> => {
        await gate('message heard');
        listener(message);
        onMessage(-1);
      };
      previous = previous.then(heard);
    });
  };
  outer.scan = (prefix: string) => inner.scan(prefix);
  return outer as unknown as SharedState;
}
