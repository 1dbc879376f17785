import { writeFileSync } from 'node:fs';
import Mocha, { type MochaOptions, type Runner } from 'mocha';

const { EVENT_RUN_END } = Mocha.Runner.constants;

/** Mocha's spec reporter, and at the end the totals in a file: `--reporter-option totals=FILE`. */
export default class TotalsReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const { totals } = options.reporterOptions as { readonly totals: string };
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(totals, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
}
