/** What decides how much a worker's end would cost. */
export interface StopCandidate {
  readonly id: number;
  /** Null: still starting. */
  readonly readyAtMs: number | null;
  /** They are cut off by a stop, and their clients reconnect all at once. */
  readonly websockets: number;
  /** Requests to wait for. */
  readonly inFlight: number;
}

/**
 * The workers that are cheapest to stop, cheapest first, at most `count`: those still starting (they serve nobody), then the fewest
 * WebSockets, then the fewest requests in flight, then the youngest (the least warmed up). Of equals the higher id.
 */
export function chooseVictims<W extends StopCandidate>(workers: readonly W[], count: number): W[] {
  return [...workers].sort(byStopCost).slice(0, Math.max(0, count));
}

function byStopCost(left: StopCandidate, right: StopCandidate): number {
  if (left.readyAtMs === null || right.readyAtMs === null) {
    return Number(left.readyAtMs !== null) - Number(right.readyAtMs !== null) || right.id - left.id;
  }
  return (
    left.websockets - right.websockets ||
    left.inFlight - right.inFlight ||
    right.readyAtMs - left.readyAtMs ||
    right.id - left.id
  );
}
