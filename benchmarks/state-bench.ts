/**
 * `node dist/benchmarks/state-bench.js [--json file] [--quick]`: what the embedded store does, beside a Redis on the same machine.
 * Four client processes with 32 calls under way each, half writes of 100 bytes with a TTL, half reads; then one client, call by call.
 */
import { writeFileSync } from 'node:fs';
import { commandLine } from './command-line.ts';
import { machineLines } from './print.ts';
import { Clients } from './state/clients.ts';
import { Servers } from './state/servers.ts';
import { CLIENT_PROCESSES, DEPTH, measureState, type StateResults } from './state/state-run.ts';
import { table } from './table.ts';

const THOROUGH = { rounds: 7, durationMs: 2000 };
const QUICK = { rounds: 1, durationMs: 1000 };

/** What is asked of the embedded store. */
const GOALS = [
  {
    text: 'at least 60,000 operations per second over 4 processes',
    met: ({ contenders: [ours] }: StateResults) => (ours?.operationsPerSecond ?? 0) >= 60_000,
  },
  {
    text: 'a median round trip of at most 120 µs',
    met: ({ contenders: [ours] }: StateResults) => (ours?.roundTripMedianMicroseconds ?? Infinity) <= 120,
  },
];

function lines(results: StateResults): string[] {
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  const fine = (value: number): string => value.toFixed(1);
  return [
    ...machineLines(results.machine),
    `${CLIENT_PROCESSES} client processes with ${DEPTH} calls under way each; round trips of one client, call by call`,
    ...table([
      ['', 'ops/s', 'µs CPU client', 'µs CPU server', 'median µs', 'p99 µs'],
      ...results.contenders.map((contender) => [
        contender.name,
        whole(contender.operationsPerSecond),
        fine(contender.clientMicrosecondsPerOperation),
        fine(contender.serverMicrosecondsPerOperation),
        whole(contender.roundTripMedianMicroseconds),
        whole(contender.roundTripP99Microseconds),
      ]),
    ]),
    ...GOALS.map(({ text, met }) => `${met(results) ? 'met' : 'NOT MET'}: ${text}`),
  ];
}

const values = commandLine('npm run bench:state -- [--quick] [--json file]', ['json'], ['quick']);
const servers = new Servers();
const [many, single] = [new Clients(CLIENT_PROCESSES), new Clients(1)];
try {
  const contenders = await servers.start();
  if (contenders.length === 1) process.stdout.write('Skipped: redis-server is not installed.\n');
  const results = await measureState(contenders, many, single, values.quick === true ? QUICK : THOROUGH);
  process.stdout.write(`${lines(results).join('\n')}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (GOALS.some(({ met }) => !met(results))) process.exitCode = 1;
} finally {
  many.end();
  single.end();
  await servers.stop();
}
