/** A worker during one round of planning; `load` and `movable` change as moves are planned. Loads are per relative weight. */
export interface Participant {
  readonly id: number;
  /** 1 = the mean. */
  readonly weight: number;
  load: number;
  /** What one of its connections carries, in the unit of load. */
  readonly perConnection: number;
  movable: number;
  mayGive: boolean;
  mayReceive: boolean;
  /** Connections received minus given in this round. */
  net: number;
}

export interface Pair {
  readonly from: Participant;
  readonly to: Participant;
}

/**
 * The least busy worker that may receive, and the busiest for which giving it *one* connection leaves the receiver no busier than the
 * giver: so a worker with a single hot connection keeps it, and nobody becomes the busiest by receiving.
 */
export function bestPair(participants: readonly Participant[]): Pair | undefined {
  let to: Participant | undefined;
  for (const candidate of participants) {
    if (candidate.mayReceive && candidate.net >= 0 && candidate.load < (to?.load ?? Number.POSITIVE_INFINITY)) {
      to = candidate;
    }
  }
  if (to === undefined) return undefined;
  let from: Participant | undefined;
  for (const candidate of participants) {
    if (!candidate.mayGive || candidate.net > 0 || candidate.movable < 1 || candidate === to) continue;
    if (candidate.load > (from?.load ?? 0) && isGain(candidate, to)) from = candidate;
  }
  return from === undefined ? undefined : { from, to };
}

/** Plans one move in the participants' figures. */
export function moveOne({ from, to }: Pair): void {
  from.load -= from.perConnection / from.weight;
  from.movable -= 1;
  from.net -= 1;
  to.load += from.perConnection / to.weight;
  to.net += 1;
}

function isGain(from: Participant, to: Participant): boolean {
  return to.load + from.perConnection / to.weight <= from.load - from.perConnection / from.weight;
}
