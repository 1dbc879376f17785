/** A client of the state benchmark, in a process of its own: does one task after the other that its parent sends. */
import { connectTo, type Target } from './key-value.ts';
import { oneByOne, pipelined } from './workload.ts';

export interface Task {
  readonly target: Target;
  /** Calls under way at once; 1 measures each round trip. */
  readonly depth: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
}

export interface TaskResult {
  readonly operations: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Null when several calls were under way at once. */
  readonly roundTripMicroseconds: { readonly median: number; readonly p99: number } | null;
}

async function measure({ target, depth, durationMs, warmUpMs }: Task): Promise<TaskResult> {
  const store = await connectTo(target);
  await pipelined(store, depth, warmUpMs);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const times = depth === 1 ? await oneByOne(store, durationMs) : null;
  const operations = times === null ? await pipelined(store, depth, durationMs) : times.length;
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  await store.close();
  const at = (part: number): number => times?.[Math.floor(times.length * part)] ?? Number.NaN;
  const roundTripMicroseconds = times === null ? null : { median: at(0.5), p99: at(0.99) };
  return { operations, seconds, cpuSeconds: (user + system) / 1e6, roundTripMicroseconds };
}

process.on('message', (task: Task) => {
  measure(task).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String((error as Error)?.message ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
