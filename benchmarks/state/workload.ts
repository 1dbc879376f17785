import type { KeyValue } from './key-value.ts';

const KEYS = 10_000;
const VALUE = Buffer.alloc(100, 'v');
/** A prime stride through the keys: every lane meets all of them, in no pattern that a cache would like. */
const STRIDE = 7919;

/** Half of the calls write, half read. */
function callFor(store: KeyValue, number: number): Promise<unknown> {
  const key = `bench:${(number * STRIDE) % KEYS}`;
  return number % 2 === 0 ? store.set(key, VALUE) : store.get(key);
}

/** Keeps `depth` calls under way for `durationMs`. Returns how many were answered. */
export async function pipelined(store: KeyValue, depth: number, durationMs: number): Promise<number> {
  const endMs = performance.now() + durationMs;
  let number = 0;
  let answered = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await callFor(store, number++);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: depth }, lane));
  return answered;
}

/** One call after the other, for `durationMs`. Returns the microseconds of each, sorted. */
export async function oneByOne(store: KeyValue, durationMs: number): Promise<number[]> {
  const times: number[] = [];
  const endMs = performance.now() + durationMs;
  for (let number = 0; performance.now() < endMs; number++) {
    const startMs = performance.now();
    await callFor(store, number);
    times.push((performance.now() - startMs) * 1000);
  }
  return times.sort((a, b) => a - b);
}
