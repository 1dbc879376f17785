/** `npm run bench`: what Tidegate costs beside the app alone, Node's cluster module and PM2, measured in one interleaved run. */
import { writeFileSync } from 'node:fs';
import { BenchRun } from './bench-run.ts';
import { BenchUsageError, parseOptions } from './options.ts';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  const options = parseOptions(process.argv.slice(2));
  if (process.platform !== 'linux') {
    throw new Error(`The benchmark reads /proc, which ${process.platform} does not have; run it on Linux.`);
  }
  const run = new BenchRun(options, print);
  const stop = (signal: NodeJS.Signals): void => {
    print(`${signal}: ending what was started`);
    void run.end().then(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const results = await run.measure();
    if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    await run.end();
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = error instanceof BenchUsageError ? 2 : 1;
}
