/** Decisions on the time line. */

/** Of a decision record, what list and time line show. */
export interface Decision {
  readonly id: number;
  readonly atMs: number;
  readonly action: string;
  readonly reason: string;
  readonly sentence: string;
  readonly before: number;
  readonly desired: number;
}

/** One mark; several decisions when they lie too close to be told apart. */
export interface Mark {
  /** The middle, 0..1 of the width. */
  readonly share: number;
  /** Newest last. */
  readonly decisions: readonly Decision[];
  readonly kind: 'up' | 'down' | 'hold';
}

/** With new ones added: each id once, in order, the oldest beyond `kept` dropped. A run of holds for one reason counts once. */
export function withDecisions(known: readonly Decision[], added: readonly Decision[], kept = 400): readonly Decision[] {
  const byId = new Map([...known, ...added].map((decision) => [decision.id, decision]));
  const inOrder = [...byId.values()].sort((a, b) => a.id - b.id);
  return inOrder.filter((decision, index) => isNews(inOrder[index - 1], decision)).slice(-kept);
}

/** Marks between two moments, joined when closer than `apart` (a share of the width). */
export function marksOf(decisions: readonly Decision[], fromMs: number, toMs: number, apart: number): readonly Mark[] {
  const groups: Decision[][] = [];
  const shareOf = ({ atMs }: Decision): number => (atMs - fromMs) / (toMs - fromMs);
  for (const decision of decisions) {
    if (decision.atMs < fromMs || decision.atMs > toMs) continue;
    const group = groups.at(-1);
    const first = group?.[0];
    if (group !== undefined && first !== undefined && shareOf(decision) - shareOf(first) < apart) group.push(decision);
    else groups.push([decision]);
  }
  return groups.map((group) => {
    const shares = group.map(shareOf);
    const share = shares.reduce((sum, value) => sum + value, 0) / shares.length;
    return { share, decisions: group, kind: kindOf(group) };
  });
}

function isNews(before: Decision | undefined, decision: Decision): boolean {
  return (
    decision.action !== 'hold' || before === undefined || before.action !== 'hold' || before.reason !== decision.reason
  );
}

/** What a group did in all: where it began against where it ended. */
function kindOf(group: readonly Decision[]): Mark['kind'] {
  const acted = group.filter(({ action }) => action !== 'hold');
  const first = acted[0];
  const last = acted.at(-1);
  if (first === undefined || last === undefined) return 'hold';
  if (last.desired === first.before) return last.action === 'scale-up' ? 'up' : 'down';
  return last.desired > first.before ? 'up' : 'down';
}
