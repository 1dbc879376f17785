import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Contender, Launched } from './contender.ts';
import type { Endings } from './ending.ts';
import type { Pinning } from './pinning.ts';
import { processTree } from './processes.ts';
import { freePort, until } from './running.ts';

/** What all measurements of a run share. */
export interface Bench {
  readonly pinning: Pinning | null;
  readonly endings: Endings;
  /** Says what is going on. */
  readonly progress: (text: string) => void;
}

/** CPU time so far. */
export interface CpuTime {
  readonly balancerSeconds: number;
  readonly workersSeconds: number;
}

interface Report {
  readonly sequence: number;
  readonly connections: number;
}

/** A contender at work: its app answers, and its processes are known. */
export class Deployment {
  readonly contender: Contender;
  readonly port: number;
  readonly end: () => Promise<void>;
  readonly #launched: Launched;
  readonly #reports: string;

  private constructor(
    contender: Contender,
    port: number,
    launched: Launched,
    reports: string,
    end: () => Promise<void>,
  ) {
    this.contender = contender;
    this.port = port;
    this.#launched = launched;
    this.#reports = reports;
    this.end = end;
  }

  /** Starts it and waits until every worker listens. */
  static async start(bench: Bench, contender: Contender, app: string, workers: number): Promise<Deployment> {
    const port = await freePort();
    const scratch = mkdtempSync(path.join(tmpdir(), 'tgb-'));
    let launching: Promise<Launched> | null = null;
    const end = bench.endings.add(async () => {
      const launched = await launching?.catch(() => null);
      await launched?.end();
      rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
    });
    const reports = path.join(scratch, 'reports');
    const directory = path.join(scratch, 'home');
    mkdirSync(reports);
    mkdirSync(directory);
    const env = { PORT: String(port), BENCH_REPORT_DIR: reports };
    launching = contender.launch({ app, workers, env, directory, pinning: bench.pinning });
    const launched = await launching;
    const { output } = launched;
    const deployment = new Deployment(contender, port, launched, reports, end);
    const wanted = contender.scales ? workers : 1;
    await until(
      () => `${contender.label} with ${wanted} listening workers; it said: ${output()}`,
      () => deployment.workerPids().length === wanted,
    );
    return deployment;
  }

  /** Pid of the balancing process; of the app itself where there is none. */
  get rootPid(): number {
    return this.#launched.rootPid;
  }

  get output(): string {
    return this.#launched.output();
  }

  /** Those that have listened and run still. */
  workerPids(): number[] {
    const told = new Set(readdirSync(this.#reports));
    return processTree(this.rootPid)
      .map(({ pid }) => pid)
      .filter((pid) => told.has(String(pid)));
  }

  /** Whatever is no worker, counts as balancer. */
  cpu(): CpuTime {
    const workers = new Set(this.workerPids());
    let balancerSeconds = 0;
    let workersSeconds = 0;
    for (const { pid, cpuSeconds } of processTree(this.rootPid)) {
      if (workers.has(pid)) workersSeconds += cpuSeconds;
      else balancerSeconds += cpuSeconds;
    }
    return { balancerSeconds, workersSeconds };
  }

  /** Connections that each worker has had so far, by pid. */
  async connections(): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    for (const pid of this.workerPids()) {
      const { sequence } = this.#report(pid);
      process.kill(pid, 'SIGUSR2');
      await until(
        () => `${this.contender.label}: worker ${pid} counts its connections`,
        () => this.#report(pid).sequence > sequence,
      );
      counts.set(pid, this.#report(pid).connections);
    }
    return counts;
  }

  #report(pid: number): Report {
    return JSON.parse(readFileSync(path.join(this.#reports, String(pid)), 'utf8')) as Report;
  }
}
