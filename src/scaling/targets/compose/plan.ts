import type { Container } from './container.ts';

/** What is to be done so that there are as many as wanted. */
export interface Plan {
  /** Numbers of containers to be made. */
  readonly create: readonly number[];
  /** Made earlier and never started. */
  readonly start: readonly Container[];
  readonly drain: readonly Container[];
  /** Ended by themselves: another takes the place. */
  readonly discard: readonly Container[];
}

export interface PlanInput {
  readonly containers: readonly Container[];
  readonly desired: number;
  /** Ids of those that have been told to leave: they count no more. */
  readonly leaving: ReadonlySet<string>;
  /** Ids of those that ended whose places may be taken; the others keep theirs for now. */
  readonly replaceable: ReadonlySet<string>;
}

/**
 * Pure. New ones take the lowest free numbers, as Compose does. Those that serve nobody leave first, then those with the highest numbers: so
 * a scaler that takes over in the middle of a scale-down goes on with the same ones.
 */
export function planContainers({ containers, desired, leaving, replaceable }: PlanInput): Plan {
  const here = containers.filter(({ id }) => !leaving.has(id));
  const ended = here.filter(({ state }) => state === 'ended');
  const staying = here.filter(({ id }) => !replaceable.has(id));
  const taken = new Set(containers.map(({ number }) => number));
  const surplus = Math.max(0, staying.length - desired);
  const drained = new Set(staying.toSorted(leavesFirst).slice(0, surplus));
  return {
    create: freeNumbers(taken, Math.max(0, desired - staying.length)),
    start: staying.filter((container) => container.state === 'created' && !drained.has(container)),
    drain: staying.filter((container) => drained.has(container) && container.state !== 'ended'),
    // One that ended and is one too many needs no drain.
    discard: ended.filter((container) => replaceable.has(container.id) || drained.has(container)),
  };
}

function leavesFirst(left: Container, right: Container): number {
  return Number(left.healthy) - Number(right.healthy) || right.number - left.number;
}

function freeNumbers(taken: ReadonlySet<number>, count: number): number[] {
  const free: number[] = [];
  for (let number = 1; free.length < count; number += 1) if (!taken.has(number)) free.push(number);
  return free;
}
