/** What a simulated service is like: how long its requests take, and how clients hold on to workers. */
export interface ServiceProfile {
  readonly name: string;
  /** One line for help and reports. */
  readonly title: string;
  /** Event-loop time of a request, mean. */
  readonly cpuMs: number;
  /** Coefficient of variation of it; its distribution is lognormal. */
  readonly cpuVariation: number;
  /** Share of it in which it uses a core, above 0 to 1; in the rest it blocks its loop, as a synchronous sleep does. */
  readonly coreShare: number;
  /** Time a request waits for something else, mean; half of its event-loop time comes after it. 0: it waits for nothing. */
  readonly ioMs: number;
  readonly ioVariation: number;
  /** A request that takes longer, from the moment it was sent, violates the objective. */
  readonly objectiveMs: number;
  /** `connections` keep-alive connections stick to their workers; 0: each request goes to the next worker. */
  readonly connections: number;
  /** Extra event-loop time of a worker's first requests, relative; it decays with `warmUpMs`. */
  readonly warmUpExtra: number;
  readonly warmUpMs: number;
  /** Resident size of a fresh worker. */
  readonly rssBytes: number;
}

const MEGABYTE = 1_000_000;

const API: ServiceProfile = {
  name: 'api',
  title: '10 ms of event loop, no waiting, requests spread evenly; objective 200 ms',
  cpuMs: 10,
  cpuVariation: 0.7,
  coreShare: 1,
  ioMs: 0,
  ioVariation: 0,
  objectiveMs: 200,
  connections: 0,
  warmUpExtra: 0.5,
  warmUpMs: 1_500,
  rssBytes: 70 * MEGABYTE,
};

/** The services of the matrix. */
export const PROFILES: readonly ServiceProfile[] = [
  API,
  {
    ...API,
    name: 'io',
    title: '12 ms of event loop around 60 ms of waiting, 96 keep-alive connections; objective 250 ms',
    cpuMs: 12,
    cpuVariation: 0.5,
    ioMs: 60,
    ioVariation: 0.5,
    objectiveMs: 250,
    connections: 96,
    rssBytes: 90 * MEGABYTE,
  },
  {
    ...API,
    name: 'heavy',
    title: '25 ms of event loop, widely spread, 10 ms of waiting; objective 500 ms',
    cpuMs: 25,
    cpuVariation: 1.5,
    ioMs: 10,
    ioVariation: 0.3,
    objectiveMs: 500,
    warmUpMs: 3_000,
    rssBytes: 150 * MEGABYTE,
  },
];

export function profileNamed(name: string): ServiceProfile | undefined {
  return PROFILES.find((profile) => profile.name === name);
}
