import type { Pinning } from './pinning.ts';
import { busySeconds, processInfo } from './processes.ts';

/** Sees what others take of the two cores while something is measured. */
export class CoreWatch {
  readonly #pinning: Pinning;
  readonly #startedAtMs = performance.now();
  readonly #testBusy: number;
  readonly #generatorBusy: number;
  readonly #generatorOwn = ownSeconds();

  constructor(pinning: Pinning) {
    this.#pinning = pinning;
    this.#testBusy = busySeconds(pinning.testCore);
    this.#generatorBusy = busySeconds(pinning.generatorCore);
  }

  /**
   * The greater of the two cores' parts that went elsewhere since the start, 0..1.
   * @param measuredSeconds CPU time of what is measured, which has the core under test to itself
   */
  foreign(measuredSeconds: number): number {
    const seconds = (performance.now() - this.#startedAtMs) / 1000;
    const { testCore, generatorCore } = this.#pinning;
    const test = busySeconds(testCore) - this.#testBusy - measuredSeconds;
    const generator = busySeconds(generatorCore) - this.#generatorBusy - (ownSeconds() - this.#generatorOwn);
    return Math.max(0, test, generator) / seconds;
  }
}

/** This process, and the generators that it started and that have ended. */
function ownSeconds(): number {
  return processInfo(process.pid)?.cpuSeconds ?? 0;
}
