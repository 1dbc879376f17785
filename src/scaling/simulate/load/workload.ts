import type { Random } from './random.ts';

/** A time of a run, in seconds from its start; `untilS` is exclusive. */
export interface Span {
  readonly fromS: number;
  readonly untilS: number;
}

/** Things that go wrong in a run, beside the load. */
export interface Disturbances {
  /** Waiting times are `factor` times as long. */
  readonly slowDownstream?: Span & { readonly factor: number };
  /** Each served request leaves this many bytes behind; workers above `recycleBytes` are replaced. */
  readonly leak?: { readonly bytesPerRequest: number; readonly recycleBytes: number };
  /** Workers started in this time fail before they are ready. */
  readonly failingStarts?: Span;
  /** In this time the oldest `workers` workers report nothing. */
  readonly silent?: Span & { readonly workers: number };
  /** Share of the reports that come a second late, 0..1. */
  readonly lateReports?: number;
  /** The machine, where it is not 16 cores with 16 GB. */
  readonly machine?: { readonly cores?: number; readonly memoryBytes?: number };
  /** No policy should add a worker in this time. */
  readonly mayNotGrow?: Span;
  /** No policy should take a worker away in this time. */
  readonly mayNotShrink?: Span;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly durationS: number;
  /**
   * Offered load in erlangs (seconds of event loop asked for per second), for each second of the run.
   * @param random of the run's seed
   */
  readonly erlangs: (random: Random) => Float64Array;
  readonly disturbances: Disturbances;
  /** True: judged by what it may not do rather than by violations and cost. */
  readonly isGuardCase: boolean;
  /** The service that it is about, where others would show nothing. */
  readonly profile?: string;
}

type Shape = (second: number) => number;

function make(
  name: string,
  title: string,
  durationS: number,
  shape: Shape,
  disturbances: Disturbances = {},
  isGuardCase = false,
): Workload {
  const erlangs = (): Float64Array => Float64Array.from({ length: durationS }, (_, second) => shape(second));
  return { name, title, durationS, erlangs, disturbances, isGuardCase };
}

const within = (second: number, fromS: number, untilS: number): boolean => second >= fromS && second < untilS;
const GIGABYTE = 1_000_000_000;

/** Markov-modulated Poisson process with two states (Fischer and Meier-Hellstern, 1993): quiet for 60 s, bursts of 15 s on average. */
function bursty(random: Random): Float64Array {
  let burst = false;
  return Float64Array.from({ length: 1_200 }, () => {
    if (random() < (burst ? 1 / 15 : 1 / 60)) burst = !burst;
    return burst ? 4.5 : 1.2;
  });
}

function flashCrowd(second: number): number {
  if (second < 240) return 0.8;
  // Up within 40 s, then a decay with a time constant of four minutes, as Ari and others (2003) describe them.
  return second < 280 ? 0.8 + ((second - 240) / 40) * 6.2 : 0.8 + 6.2 * Math.exp(-(second - 280) / 240);
}

/** The synthetic loads, in the order of reports. */
export const WORKLOADS: readonly Workload[] = [
  make('constant', 'a steady 2.4 erlangs', 600, () => 2.4),
  make('step', '0.8 to 6.4 erlangs and back, at once', 1_200, (s) => (within(s, 240, 600) ? 6.4 : 0.8)),
  make('ramp', '0.6 up to 7 erlangs in five minutes, and down again', 1_200, (s) => {
    if (s < 120) return 0.6;
    if (s < 420) return 0.6 + ((s - 120) / 300) * 6.4;
    if (s < 600) return 7;
    return s < 900 ? 7 - ((s - 600) / 300) * 6.4 : 0.6;
  }),
  make('spike', 'ten times the load for 30 s, twice', 1_200, (s) =>
    within(s, 300, 330) || within(s, 800, 830) ? 7 : 0.7,
  ),
  make(
    'diurnal',
    'a day in 20 minutes: 0.5 to 6 erlangs',
    1_200,
    (s) => 3.25 - 2.75 * Math.cos((2 * Math.PI * s) / 1_200),
  ),
  make('sawtooth', '1 to 5 erlangs within three minutes, then back at once', 1_080, (s) => 1 + ((s % 180) / 180) * 4),
  make('flash-crowd', 'up nine-fold within 40 s, decaying over minutes', 1_200, flashCrowd),
  {
    ...make('bursty', 'two-state Markov-modulated Poisson process, 1.2 and 4.5 erlangs', 1_200, () => 0),
    erlangs: bursty,
  },
  {
    ...make(
      'slow-downstream',
      'waiting takes 20 times as long for five minutes',
      900,
      () => 1.6,
      {
        slowDownstream: { fromS: 300, untilS: 600, factor: 20 },
        mayNotGrow: { fromS: 305, untilS: 600 },
      },
      true,
    ),
    profile: 'io',
  },
  make(
    'leak',
    'each request leaves 4 KB behind; workers over 300 MB are replaced',
    1_200,
    () => 2,
    {
      leak: { bytesPerRequest: 4_000, recycleBytes: 300_000_000 },
      machine: { memoryBytes: 2 * GIGABYTE },
      mayNotGrow: { fromS: 120, untilS: 1_200 },
    },
    true,
  ),
  make(
    'crash-loop',
    'the load doubles while every new worker fails to start',
    900,
    (s) => (within(s, 240, 600) ? 5 : 1.6),
    {
      failingStarts: { fromS: 200, untilS: 500 },
      // Three failures take a moment; what was asked for before them is no fault.
      mayNotGrow: { fromS: 275, untilS: 500 },
    },
    true,
  ),
  make(
    'missing-metrics',
    'the load falls while a worker is silent',
    900,
    (s) => (s < 290 ? 4 : 0.8),
    {
      silent: { fromS: 280, untilS: 600, workers: 1 },
      lateReports: 0.02,
      mayNotShrink: { fromS: 284, untilS: 600 },
    },
    true,
  ),
  make(
    'few-cores',
    '6 erlangs of work on 2 cores',
    600,
    (s) => (s < 60 ? 1 : 6),
    {
      machine: { cores: 2 },
      mayNotGrow: { fromS: 0, untilS: 600 },
    },
    true,
  ),
];

export function workloadNamed(name: string): Workload | undefined {
  return WORKLOADS.find((workload) => workload.name === name);
}
