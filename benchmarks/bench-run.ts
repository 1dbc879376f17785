import type { Contender } from './contender.ts';
import { BASE, contenders, tidegate } from './contenders.ts';
import type { Bench } from './deployment.ts';
import { Endings } from './ending.ts';
import { loadSuites } from './load/loads.ts';
import { wrkVersion } from './load/wrk.ts';
import { type JudgedGoal, type LoadReport, loadReport } from './load-report.ts';
import { describeMachine, type MachineDescription } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { type Pinning, pinThisProcess, planPinning } from './pinning.ts';
import { obtainPm2, pm2Version } from './pm2.ts';
import { idleLines, loadLines, machineLines, startLines, verdictLines } from './print.ts';
import { idleGoals, type StartReport, startReport } from './start-report.ts';
import { seededRandom } from './statistics.ts';
import { type IdleFigures, measureIdle } from './suites/idle-suite.ts';
import { type LoadFigures, type LoadSuite, measureLoad } from './suites/load-suite.ts';
import { measureStarts, type StartRound } from './suites/start-suite.ts';

/** With fewer rounds an interval says little. */
const ROUNDS_TO_JUDGE = 10;
const SEED = 20_260_101;

/** Everything that was found, with the figures of each round. */
export interface BenchResults {
  readonly machine: MachineDescription;
  readonly pinning: Pinning | null;
  readonly pm2: string | null;
  readonly loads: readonly (LoadReport & { readonly rounds: Readonly<Record<string, unknown>> })[];
  readonly start: (StartReport & { readonly pairs: readonly StartRound[] }) | null;
  readonly idle: readonly IdleFigures[] | null;
  readonly goals: readonly JudgedGoal[];
}

/** One run of the benchmark: what was asked for, one suite after the other, each printed as it is done. */
export class BenchRun {
  readonly #options: BenchOptions;
  readonly #print: (text: string) => void;
  readonly #endings = new Endings();
  readonly #random = seededRandom(SEED);
  #ending: Promise<void> | null = null;

  constructor(options: BenchOptions, print: (text: string) => void) {
    this.#options = options;
    this.#print = print;
  }

  /** Ends whatever the run has started; once. */
  end(): Promise<void> {
    this.#ending ??= this.#endings.all();
    return this.#ending;
  }

  /** @throws Error when a contender does not start or does not answer */
  async measure(): Promise<BenchResults> {
    const machine = describeMachine();
    this.#lines(machineLines(machine));
    const bench: Bench = {
      pinning: this.#pin(),
      endings: this.#endings,
      progress: (text) => process.stderr.write(`  ${text}\n`),
    };
    const pm2Program = await this.#pm2();
    const all = contenders(pm2Program);
    const goals: JudgedGoal[] = [];
    const loads = [];
    for (const suite of this.#suites()) {
      const figures = await measureLoad(bench, suite, all, this.#options.rounds);
      const report = loadReport(suite, all, figures, BASE, this.#random);
      this.#lines(loadLines(report));
      goals.push(...report.goals.map((goal) => ({ ...goal, text: `${suite.title}: ${goal.text}` })));
      loads.push({ ...report, rounds: plain(figures) });
    }
    const start = await this.#starts(bench);
    const idle = await this.#idle(bench, all);
    goals.push(...(start?.goals ?? []), ...(idle?.goals ?? []));
    this.#lines(verdictLines(goals));
    if (this.#options.quick || this.#options.rounds < ROUNDS_TO_JUDGE) {
      this.#lines([`A trial run: at least ${ROUNDS_TO_JUDGE} rounds are needed to judge by.`]);
    }
    const pm2 = pm2Program === null ? null : pm2Version(pm2Program);
    return { machine, pinning: bench.pinning, pm2, loads, start, idle: idle?.figures ?? null, goals };
  }

  #pin(): Pinning | null {
    const pinning = planPinning();
    if (typeof pinning === 'string') {
      this.#lines([`Not pinned: ${pinning}.`]);
      return null;
    }
    pinThisProcess(pinning);
    const { generatorCore, testCore } = pinning;
    this.#lines([`Generator on core ${generatorCore}, everything that is measured on core ${testCore}.`]);
    return pinning;
  }

  async #pm2(): Promise<string | null> {
    const { suites } = this.#options;
    if (suites.every((suite) => suite === 'start')) return null;
    try {
      const program = await obtainPm2();
      this.#lines([`PM2 ${pm2Version(program)}, with its own defaults.`]);
      return program;
    } catch (error) {
      this.#lines([`Skipped: PM2 could not be installed (${(error as Error).message.split('\n')[0]}).`]);
      return null;
    }
  }

  #suites(): LoadSuite[] {
    const version = wrkVersion();
    const suites = loadSuites(this.#options.suites, version);
    if (version === null && suites.some(({ load }) => load.generator.startsWith('autocannon'))) {
      this.#lines(['wrk is missing: autocannon sends the HTTP load, which may limit the figures.']);
    }
    return suites;
  }

  async #starts(bench: Bench): Promise<BenchResults['start']> {
    if (!this.#options.suites.includes('start')) return null;
    const pairs = await measureStarts(bench, this.#options.starts);
    const report = startReport(pairs, this.#random);
    this.#lines(startLines(report));
    return { ...report, pairs };
  }

  async #idle(
    bench: Bench,
    all: readonly Contender[],
  ): Promise<{ readonly figures: readonly IdleFigures[]; readonly goals: readonly JudgedGoal[] } | null> {
    const { suites, settleSeconds, idleSeconds } = this.#options;
    if (!suites.includes('idle')) return null;
    const peers = all.filter(({ id }) => id === 'cluster' || id === 'pm2');
    // With a limit given, the scaler is at work as it is by default.
    const own = tidegate('shared-accept', 'Tidegate', 'adaptive', ['--min', '2']);
    const figures = await measureIdle(bench, [...peers, own], settleSeconds, idleSeconds);
    const goals = idleGoals(figures.at(-1) as IdleFigures);
    this.#lines(idleLines(figures, idleSeconds, goals));
    return { figures, goals };
  }

  #lines(lines: readonly string[]): void {
    this.#print(lines.join('\n'));
  }
}

function plain(figures: LoadFigures): Readonly<Record<string, unknown>> {
  return Object.fromEntries(figures);
}
