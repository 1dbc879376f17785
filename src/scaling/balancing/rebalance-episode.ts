import type { BasisRules } from './rebalance-basis.ts';
import { bestPair, moveOne, type Pair, type Participant } from './rebalance-pairing.ts';

export interface Move {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * `quiet` lasts until the figures must tell what the last moves did, and then until a gap opens; `moving` ends when the gap is closed,
 * or after the moves that were needed when it began: so noise can start an episode, but not keep one going.
 */
export type Episode =
  | { readonly phase: 'quiet'; readonly notBeforeMs: number }
  | { readonly phase: 'moving'; readonly remaining: number };

export interface Round {
  readonly episode: Episode;
  readonly moves: readonly Move[];
}

/**
 * One round: changes the participants by what it moves.
 *
 * @param settledAtMs when the figures must tell the outcome of what is moved now.
 */
export function planRound(
  participants: readonly Participant[],
  episode: Episode,
  rules: BasisRules,
  nowMs: number,
  settledAtMs: number,
): Round {
  if (episode.phase === 'quiet' && nowMs < episode.notBeforeMs) return { episode, moves: [] };
  const mean = participants.reduce((sum, { load, weight }) => sum + load * weight, 0) / participants.length;
  let pair = bestPair(participants);
  let remaining: number;
  if (episode.phase === 'moving') {
    remaining = episode.remaining;
  } else {
    if (pair === undefined || gapOf(pair) <= rules.startGap(mean)) return { episode, moves: [] };
    remaining = movesNeeded(participants, mean);
  }

  const budget = Math.min(rules.maxMovesPerRound, Math.ceil(remaining / rules.rounds));
  const counts = new Map<Participant, Map<Participant, number>>();
  let moved = 0;
  while (moved < budget && pair !== undefined && gapOf(pair) > rules.stopGap(mean)) {
    moveOne(pair);
    const receivers = counts.get(pair.from) ?? new Map<Participant, number>();
    counts.set(pair.from, receivers.set(pair.to, (receivers.get(pair.to) ?? 0) + 1));
    moved++;
    pair = bestPair(participants);
  }
  remaining -= moved;
  const moves = [...counts].flatMap(([from, receivers]) =>
    [...receivers].map(([to, count]): Move => ({ from: from.id, to: to.id, count })),
  );
  const isOver = moved < budget || remaining <= 0;
  return { episode: isOver ? { phase: 'quiet', notBeforeMs: settledAtMs } : { phase: 'moving', remaining }, moves };
}

function gapOf({ from, to }: Pair): number {
  return from.load - to.load;
}

/** How many connections those above the mean have too many; at least 1. */
function movesNeeded(participants: readonly Participant[], mean: number): number {
  const excess = participants.reduce((sum, { load, weight, perConnection, movable }) => {
    return load > mean && movable > 0 ? sum + Math.min(movable, ((load - mean) * weight) / perConnection) : sum;
  }, 0);
  return Math.max(1, Math.ceil(excess));
}
