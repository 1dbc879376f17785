import { SeededRandom } from '../../../../helpers/seeded-random.ts';
import { inPieces, mutated } from './mutator.ts';
import { nodeMessages } from './node-parser.ts';
import { type Message, ourMessages } from './our-parser.ts';

/** What `cases` mutated streams came to. */
export interface DifferentialTally {
  cases: number;
  /** Messages that the wire layer took. */
  accepted: number;
  /** Messages that Node's parser took and the wire layer refused. */
  stricter: number;
}

/**
 * Gives mutated streams to the wire layer (whole, and in pieces) and to Node's strict parser.
 * @throws Error that shows the first stream that the wire layer takes for more, or for something else, than Node's parser does
 */
export function compare(kind: 'request' | 'response', seed: number, cases: number): DifferentialTally {
  const random = new SeededRandom(seed);
  const tally: DifferentialTally = { cases, accepted: 0, stricter: 0 };
  for (let index = 0; index < cases; index++) {
    const bytes = mutated(kind, random);
    const method = kind === 'response' && random.next() < 0.1 ? 'HEAD' : 'GET';
    const ours = ourMessages(kind, [bytes], method);
    const inParts = ourMessages(kind, inPieces(bytes, random), method);
    const theirs = nodeMessages(kind, bytes, method);
    const fault = difference(kind, ours, theirs) ?? (same(ours, inParts) ? undefined : 'pieces change the meaning');
    if (fault !== undefined) {
      throw new Error(
        `${fault} (seed ${seed}, case ${index}):\n${JSON.stringify(bytes.toString('latin1'))}\nours ${JSON.stringify(ours)}\nin pieces ${JSON.stringify(inParts)}\nnode's ${JSON.stringify(theirs)}`,
      );
    }
    tally.accepted += ours.filter((message) => message.complete).length;
    tally.stricter += Math.max(0, theirs.filter((message) => message.complete).length - ours.length);
  }
  return tally;
}

function difference(
  kind: 'request' | 'response',
  ours: readonly Message[],
  theirs: readonly Message[],
): string | undefined {
  for (const [index, message] of ours.entries()) {
    const other = theirs[index];
    if (other === undefined) return `message ${index} is taken by us alone`;
    if (kind === 'response' && other.start !== message.start) return `message ${index} has another status`;
    if (kind === 'request' && !sameTarget(message.start, other.start)) return `message ${index} has another target`;
    // Behind an upgrade Node's parser stops; we go on only when the other side agreed, which is not this layer's to know.
    if (message.upgrade || other.upgrade) return undefined;
    if (message.complete && !other.complete) return `message ${index} is complete for us alone`;
    if (message.complete && message.body !== other.body) return `message ${index} has another body`;
    if (!message.complete && !other.body.startsWith(message.body))
      return `message ${index} has another beginning of its body`;
  }
  return undefined;
}

/** An absolute target is taken apart by us, and given as it is by Node. */
function sameTarget(ours: string, theirs: string): boolean {
  return ours === theirs || theirs.endsWith(ours) || /^https?:\/\//i.test(theirs);
}

/** Of a message that comes to no end, pieces may show more: what came before the fault has been given out by then. */
function same(whole: readonly Message[], parts: readonly Message[]): boolean {
  return (
    whole.length === parts.length &&
    whole.every((message, index) => {
      const part = parts[index] as Message;
      const alike = message.start === part.start && message.complete === part.complete;
      return alike && (message.complete ? message.body === part.body : part.body.startsWith(message.body));
    })
  );
}
