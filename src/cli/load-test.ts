import { Option } from 'commander';
import type { LoadTestFlags } from './load-test/flags.ts';
import { examples, type Verb, wholeNumber } from './verb.ts';

/** `tidegate load-test`: users that do what users do, and how long it takes. */
export const loadTest: Verb = (program, context) => {
  program
    .command('load-test')
    .description('put load on an app, and report how it bears it; exit code 1 when a threshold is missed')
    .option('--target <url>', 'the app: http://127.0.0.1:3001')
    .option('--journey <name>', 'what users do: get, leases, chat, mixed, sockets, or a module of yours', 'get')
    .option('--path <path>', 'what the journeys get and sockets ask for', '/')
    .addOption(new Option('--users <n>', 'how many').argParser(wholeNumber('--users', 1, 1_000_000)).default(10))
    .option('--duration <time>', 'seconds, or 90s, 5m', '30')
    .option('--ramp <time>', 'within this time the users come, or the rate grows', '0')
    .option('--think <time>', 'pause between rounds: 1s, or a range: 500ms-2s')
    .option('--rate <n>', 'open loop: so many rounds a second, whatever becomes of those before')
    .option('--timeout <time>', 'a step that takes longer has failed', '10')
    .option('--threshold <rules...>', 'what must be reached: "p95<200ms" "errors<1%" "rps>100" "create:p99<1s"')
    .addOption(
      new Option('--sources <n>', 'loopback addresses to come from; each has ports for 28,000 connections')
        .argParser(wholeNumber('--sources', 1, 200))
        .default(1),
    )
    .addOption(
      new Option('--processes <n>', 'processes to spread the users over')
        .argParser(wholeNumber('--processes', 1, 64))
        .default(1),
    )
    .addOption(new Option('--engine <name>', 'who sends').choices(['auto', 'own', 'autocannon']).default('auto'))
    .option('--ca <file>', 'certificate authority (PEM) of an https target')
    .option('--html <file>', 'also write the report as one HTML page')
    .option('--json-file <file>', 'also write the result as JSON')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      examples(
        'tidegate load-test --target http://127.0.0.1:3001 --users 100 --duration 300',
        'tidegate load-test --target http://127.0.0.1:3001 --rate 500 --users 200 --threshold "p99<250ms" "errors<0.1%"',
        'tidegate load-test --target http://127.0.0.1:3001 --journey mixed --users 1000 --ramp 60s --think 1s-3s --html report.html',
        'tidegate load-test --target http://127.0.0.1:3001 --journey ./checkout.mjs --users 50',
      ),
    )
    .action(async (flags: LoadTestFlags) => {
      // Loaded by who uses it only.
      const { runLoadTest } = await import('./load-test/load-test.ts');
      await runLoadTest(flags, context);
    });
};
