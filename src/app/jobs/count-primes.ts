/** The handler of `primes` jobs; it runs in a thread of its own. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ActiveJob } from 'tidegate/state';
import type { PrimeJob } from '../services/prime-jobs.ts';
import { countPrimes, type PrimeCount } from '../services/primes.ts';

export default async function handle({ data, signal, progress }: ActiveJob<PrimeJob>): Promise<PrimeCount> {
  const counting = countPrimes(data.upTo);
  let told = 0;
  for (let step = counting.next(); ; step = counting.next()) {
    if (step.done === true) return step.value;
    const percent = Math.floor(step.value * 100);
    if (percent > told) {
      told = percent;
      progress(percent);
    }
    // Lets the message in that the job is no longer this worker's.
    await nextTurn();
    signal.throwIfAborted();
  }
}
