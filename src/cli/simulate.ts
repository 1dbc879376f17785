import { Option } from 'commander';
import { UsageError } from './errors.ts';
import type { SimulateFlags } from './simulate-flags.ts';
import { examples, type Verb, wholeNumber } from './verb.ts';

/** `tidegate simulate`: scaling policies on simulated loads, or on a recorded run. */
export const simulate: Verb = (program, context) => {
  program
    .command('simulate')
    .description('compare scaling policies on simulated loads, or re-decide a recorded run')
    .option('--workload <names>', 'workloads, with commas between; all, or guards for those about wrong steps', 'all')
    .option('--trace <files>', 'CSV files of time_s,requests to run as well, or none')
    .addOption(new Option('--peak <erlangs>', 'load of a trace at its highest').argParser(erlangs).default(6))
    .option('--policy <names>', 'auto, rules, or JSON files of policy fields; the first is judged (auto,rules)')
    .option('--baselines <names>', 'what to compare with: all, none, or names', 'all')
    .option('--no-tuned', 'baselines with their defaults only: faster')
    .option('--profile <names>', 'services: all, names, or JSON files of measured ones', 'all')
    .option('--start <seconds>', 'start times of a worker', '0.5,2,8')
    .addOption(
      new Option('--seeds <n>', 'runs of each workload').argParser(wholeNumber('--seeds', 1, 1_000)).default(10),
    )
    .addOption(new Option('--seed <n>', 'the first seed').argParser(wholeNumber('--seed', 0, 1_000_000)).default(1))
    .addOption(new Option('--min <n>', 'fewest workers').argParser(wholeNumber('--min', 1, 1_000)).default(1))
    .addOption(new Option('--max <n>', 'most workers').argParser(wholeNumber('--max', 1, 1_000)).default(20))
    .addOption(
      new Option('--cores <n>', 'cores of the machine').argParser(wholeNumber('--cores', 1, 1_000)).default(16),
    )
    .addOption(
      new Option('--threads <n>', 'threads to run on (one per core)').argParser(wholeNumber('--threads', 1, 256)),
    )
    .option('--html <file>', 'also write the report with its pictures to one HTML file')
    .option('--markdown <file>', 'also write the results as Markdown, into the place that the file marks for them')
    .option('--replay <file>', 'decide again what a recording has seen, and show where the policy differs')
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      examples(
        'tidegate simulate --html report.html',
        'tidegate simulate --workload step,spike --baselines knative,hpa --seeds 3',
        'tidegate simulate --trace requests.csv --peak 8 --workload none',
        'tidegate simulate --policy tuned.json,auto --no-tuned --seed 100',
        'tidegate simulate --replay monday.ndjson --policy tuned.json',
      ),
    )
    .action(async (flags: SimulateFlags) => {
      // The simulator is loaded by who uses it only.
      const { runSimulation } = await import('./simulation.ts');
      await runSimulation(flags, context);
    });
};

function erlangs(text: string): number {
  const value = /^\d{1,3}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 500) return value;
  throw new UsageError(`--peak: ${JSON.stringify(text)} is not allowed; give erlangs above 0, at most 500`);
}
