import { describeMachine, type MachineDescription } from '../machine.ts';
import { processInfo } from '../processes.ts';
import { median } from '../statistics.ts';
import type { Clients } from './clients.ts';
import type { Contender } from './servers.ts';

export const CLIENT_PROCESSES = 4;
export const DEPTH = 32;
const WARM_UP_MS = 500;

/** What one contender did in one round. */
export interface Round {
  readonly operationsPerSecond: number;
  readonly clientMicrosecondsPerOperation: number;
  readonly serverMicrosecondsPerOperation: number;
  readonly roundTripMedianMicroseconds: number;
  readonly roundTripP99Microseconds: number;
}

export interface StateResults {
  readonly machine: MachineDescription;
  readonly clientProcesses: number;
  readonly depth: number;
  /** Medians over the rounds. */
  readonly contenders: readonly (Round & { readonly name: string; readonly rounds: readonly Round[] })[];
}

export interface RunOptions {
  readonly rounds: number;
  readonly durationMs: number;
}

/** Round after round, every contender once in each: what slows the machine for a while slows them all. */
export async function measureState(
  contenders: readonly Contender[],
  many: Clients,
  single: Clients,
  { rounds, durationMs }: RunOptions,
): Promise<StateResults> {
  const machine = describeMachine();
  const found = new Map(contenders.map(({ name }) => [name, [] as Round[]]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders)
      found.get(contender.name)?.push(await measure(contender, many, single, durationMs));
  }
  const summaries = [...found].map(([name, all]) => ({ name, ...medians(all), rounds: all }));
  return { machine, clientProcesses: CLIENT_PROCESSES, depth: DEPTH, contenders: summaries };
}

async function measure(contender: Contender, many: Clients, single: Clients, durationMs: number): Promise<Round> {
  const { target, serverPid } = contender;
  // The warm-up is of no interest: its share of the server's time is taken off by rate, as it does the same calls.
  const serverBefore = processInfo(serverPid)?.cpuSeconds ?? Number.NaN;
  const results = await many.run({ target, depth: DEPTH, durationMs, warmUpMs: WARM_UP_MS });
  const serverSeconds = (processInfo(serverPid)?.cpuSeconds ?? Number.NaN) - serverBefore;
  const [alone] = await single.run({ target, depth: 1, durationMs, warmUpMs: WARM_UP_MS });
  const operations = results.reduce((sum, result) => sum + result.operations, 0);
  const clientSeconds = results.reduce((sum, result) => sum + result.cpuSeconds, 0);
  const measuredPart = durationMs / (durationMs + WARM_UP_MS);
  return {
    operationsPerSecond: results.reduce((sum, result) => sum + result.operations / result.seconds, 0),
    clientMicrosecondsPerOperation: (clientSeconds / operations) * 1e6,
    serverMicrosecondsPerOperation: ((serverSeconds * measuredPart) / operations) * 1e6,
    roundTripMedianMicroseconds: alone?.roundTripMicroseconds?.median ?? Number.NaN,
    roundTripP99Microseconds: alone?.roundTripMicroseconds?.p99 ?? Number.NaN,
  };
}

function medians(rounds: readonly Round[]): Round {
  const of = (figure: keyof Round): number => median(rounds.map((round) => round[figure]));
  return {
    operationsPerSecond: of('operationsPerSecond'),
    clientMicrosecondsPerOperation: of('clientMicrosecondsPerOperation'),
    serverMicrosecondsPerOperation: of('serverMicrosecondsPerOperation'),
    roundTripMedianMicroseconds: of('roundTripMedianMicroseconds'),
    roundTripP99Microseconds: of('roundTripP99Microseconds'),
  };
}
