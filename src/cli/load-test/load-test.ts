/** Carries a load test out for the command line. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliError, EXIT_FAILURE } from '../errors.ts';
import { ProgressLine } from '../progress-line.ts';
import type { CliContext } from '../verb.ts';
import { type LoadTestFlags, planOf, thresholdsOf } from './flags.ts';
import { generate } from './generator.ts';
import { htmlReport } from './html-report.ts';
import { isPlainHttp } from './plain-http.ts';
import type { LoadResult } from './result.ts';
import { reportLines } from './text-report.ts';
import { judge } from './thresholds.ts';

/** @throws UsageError, CliError LOAD_TEST_FAILED when it could not be carried out */
export async function runLoadTest(flags: LoadTestFlags, { terminal, cwd, exitWith }: CliContext): Promise<void> {
  const plan = planOf(flags, cwd);
  const thresholds = thresholdsOf(flags);
  if (flags.engine === 'autocannon' && !isPlainHttp(plan)) {
    throw new CliError(
      'WRONG_ENGINE',
      '--engine autocannon takes the journey get in a closed loop, without --ramp, --think, --sources, --processes and --ca',
      2,
    );
  }
  const progress = new ProgressLine(terminal);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  let result: LoadResult;
  try {
    result = await generate(plan, {
      stop: stop.signal,
      mayUseAutocannon: flags.engine !== 'own',
      onSecond: ({ atS, users, sockets, succeeded, failed }, soFar) => {
        const open = sockets > 0 ? `, ${sockets} sockets` : '';
        const text = `${atS.toFixed(0)} s · ${users} users${open} · ${succeeded + failed}/s · p99 ${soFar.p99Ms.toFixed(0)} ms · ${soFar.failed} failed`;
        progress.show((atS * 1000) / plan.durationMs, text);
      },
    });
  } catch (error) {
    throw new CliError('LOAD_TEST_FAILED', `The load test could not be carried out: ${(error as Error).message}`);
  } finally {
    progress.end();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, onSignal);
  }
  const verdicts = judge(thresholds, result);
  const whole = { ...result, plan: { ...plan, ca: plan.ca === null ? null : 'given' }, thresholds: verdicts };
  if (flags.html !== undefined) writeFileSync(path.resolve(cwd, flags.html), htmlReport(result, verdicts));
  if (flags.jsonFile !== undefined) writeFileSync(path.resolve(cwd, flags.jsonFile), `${JSON.stringify(whole)}\n`);
  if (flags.json) terminal.json(whole);
  else for (const line of reportLines(result, verdicts, terminal)) terminal.line(line);
  if (verdicts.some(({ isMet }) => !isMet) || result.total.succeeded === 0) exitWith(EXIT_FAILURE);
}
