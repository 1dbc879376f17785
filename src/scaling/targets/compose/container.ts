import { type ContainerSummary, LABEL } from './engine-types.ts';

/** A container of a service, as the scaler sees it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly number: number;
  /**
   * `created`: made and not started; `up`: it runs, or the Engine restarts it; `ended`: it won't run again by itself.
   * What else there is (being removed) is left out.
   */
  readonly state: 'created' | 'up' | 'ended';
  /** By its health check; true where it has none. */
  readonly healthy: boolean;
  /** An address in one of its networks; null: none yet. */
  readonly address: string | null;
  readonly createdAtMs: number;
}

const STATES: Readonly<Record<string, Container['state']>> = {
  created: 'created',
  running: 'up',
  restarting: 'up',
  paused: 'up',
  exited: 'ended',
  dead: 'ended',
};

/**
 * The containers of one service, by number; what is on its way out of the Engine is left out.
 * @param networks whose addresses are told; empty: all
 */
export function containersOf(
  summaries: readonly ContainerSummary[],
  networks: readonly string[] = [],
): readonly Container[] {
  return summaries
    .flatMap((summary) => containerOf(summary, networks) ?? [])
    .sort((left, right) => left.number - right.number || left.createdAtMs - right.createdAtMs);
}

function containerOf(summary: ContainerSummary, networks: readonly string[]): Container | null {
  const { Id, Names, State, Status, Created, NetworkSettings } = summary;
  const Labels = summary.Labels ?? {};
  const state = Object.hasOwn(STATES, State) ? STATES[State] : undefined;
  const number = Number(Labels[LABEL.number]);
  // `docker compose run` makes containers of the service that are not of its scale.
  if (
    state === undefined ||
    !(Number.isInteger(number) && number > 0) ||
    Labels[LABEL.oneOff]?.toLowerCase() === 'true'
  )
    return null;
  const addresses = Object.entries(NetworkSettings?.Networks ?? {}).flatMap(([name, { IPAddress }]) =>
    networks.length === 0 || networks.includes(name) ? [IPAddress ?? ''] : [],
  );
  return {
    id: Id,
    name: (Names?.[0] ?? Id.slice(0, 12)).replace(/^\//, ''),
    number,
    state,
    healthy: State === 'running' && !/\((unhealthy|health: starting)\)/.test(Status),
    address: addresses.find((address) => address !== '') ?? null,
    createdAtMs: Created * 1_000,
  };
}
