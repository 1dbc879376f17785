import type { AppCheckReport } from '../../ipc/app-metrics.ts';

/** What a check of the app is called, and when its figure is bad. */
export interface HealthCheckOptions {
  /** Unit of the figure, for people. */
  readonly unit?: string;
  /** The figure from which on it is a warning. */
  readonly warning?: number;
  readonly critical?: number;
  /** `below`: less is worse. */
  readonly worseWhen?: 'above' | 'below';
  /** True: the app can do without it; then it makes nothing critical. */
  readonly dependency?: boolean;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
}

/** Where the worker's agent finds them, however often this module is loaded. */
const CHECKS_KEY = Symbol.for('tidegate.checks');
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const MAX_CHECKS = 20;
const MAX_FAILURE_LENGTH = 200;
/** A timer with more would run at once, again and again. */
const MOST_MS = 2_147_483_647;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break in a failure would begin a line of its own in logs and mails
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** Of a check that says only whether it is well. */
const UNWELL = 1;

type Checks = Map<string, AppCheckReport>;

/** The name of a check, or its options, are not allowed. */
export class HealthCheckError extends RangeError {
  readonly code = 'HEALTH_CHECK';
}

/**
 * Has the runtime watch something of the app's, in every worker: `healthCheck('mail-queue', () => queue.length, { warning: 100,
 * critical: 1_000 })`. With levels it answers with a figure, or a promise of one; without, `false` means that it is not well, and anything else
 * that it is. A check that throws, or takes too long, has failed. Its timer keeps no process alive.
 * @returns ends it
 * @throws HealthCheckError
 */
export function healthCheck(name: string, check: () => unknown, options: HealthCheckOptions = {}): () => void {
  const { intervalMs = 10_000, timeoutMs = 2_000 } = options;
  if (!NAME.test(name)) {
    throw new HealthCheckError(`${JSON.stringify(name)} is no name of a check: give 1 to 40 of a-z, 0-9 and -`);
  }
  if (!(intervalMs >= 100 && intervalMs <= MOST_MS) || !(timeoutMs >= 1 && timeoutMs <= MOST_MS)) {
    throw new HealthCheckError(
      `intervalMs is ${intervalMs} and timeoutMs ${timeoutMs}; allowed are at least 100 and 1, and ${MOST_MS} at most`,
    );
  }
  demandLevels(options);
  const all = checks();
  if (!all.has(name) && all.size >= MAX_CHECKS)
    throw new HealthCheckError(`there are ${MAX_CHECKS} checks, which is the limit`);
  let ended = false;
  let told: AppCheckReport | undefined;
  let sequence = all.get(name)?.sequence ?? 0;
  let timer: NodeJS.Timeout | undefined;
  // One of this name that was made later has taken the place.
  const isReplaced = (): boolean => told !== undefined && all.get(name) !== told;
  const run = async (): Promise<void> => {
    const result = await within(check, timeoutMs);
    if (ended || isReplaced()) return;
    sequence += 1;
    told = reportOf(name, options, result, sequence);
    all.set(name, told);
    timer = setTimeout(run, intervalMs);
    timer.unref();
  };
  void run();
  return () => {
    ended = true;
    clearTimeout(timer);
    if (!isReplaced()) all.delete(name);
  };
}

function demandLevels({ warning, critical, worseWhen = 'above' }: HealthCheckOptions): void {
  for (const [level, given] of Object.entries({ warning, critical })) {
    if (given !== undefined && !Number.isFinite(given))
      throw new HealthCheckError(`${level} is ${given}; give a number`);
  }
  if (warning === undefined || critical === undefined) return;
  if (worseWhen === 'above' ? warning <= critical : warning >= critical) return;
  const allowed = worseWhen === 'above' ? 'at least' : 'at most';
  throw new HealthCheckError(`critical is ${critical}; allowed is ${allowed} warning, ${warning}`);
}

function checks(): Checks {
  const holder = globalThis as { [CHECKS_KEY]?: Checks };
  holder[CHECKS_KEY] ??= new Map();
  return holder[CHECKS_KEY];
}

type Result = { readonly answer: unknown } | { readonly why: string };

async function within(check: () => unknown, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Result>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, { why: `no answer within ${timeoutMs} ms` });
    timer.unref();
  });
  try {
    return await Promise.race([Promise.resolve(check()).then((answer) => ({ answer }) as Result), late]);
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function reportOf(name: string, options: HealthCheckOptions, result: Result, sequence: number): AppCheckReport {
  const { warning = null, critical = null, worseWhen = 'above', dependency = false } = options;
  const unit = plain(options.unit ?? '');
  const common = { name, isDependency: dependency, sequence };
  const failure = failureOf(result, warning !== null || critical !== null);
  if (warning === null && critical === null) {
    const value = failure === null ? 0 : UNWELL;
    return { ...common, unit: '0 well, 1 not', worseWhen: 'above', warning, critical: UNWELL, value, failure };
  }
  // A figure that could not be had is as bad as the worst one that was thought of.
  const value = failure === null ? (result as { answer: number }).answer : (critical ?? (warning as number));
  return { ...common, unit, worseWhen, warning, critical, value, failure };
}

/** On one line, and without what stands before the @ of an address: everybody may read it, and it may be a password. */
function plain(text: string): string {
  return text.replace(CONTROL_CHARACTERS, ' ').replace(/\S+/g, (word) => {
    const begin = word.indexOf('//');
    const end = word.lastIndexOf('@');
    return begin < 0 || end < begin ? word : `${word.slice(0, begin + 2)}${word.slice(end + 1)}`;
  });
}

function failureOf(result: Result, hasLevels: boolean): string | null {
  if ('why' in result) return plain(result.why).slice(0, MAX_FAILURE_LENGTH);
  if (result.answer === false) return 'it says that it is not well';
  if (hasLevels && !Number.isFinite(result.answer)) return 'it has levels and gave no figure';
  return null;
}
