/** Clients that send bytes at random, alone or after the beginning of something valid, so that every layer gets its share. */
import { connect } from 'node:net';
import type { SeededRandom } from './seeded-random.ts';

const MAX_NOISE_BYTES = 300;
/** So many of a hundred break the connection instead of ending it. */
const RESETS_PERCENT = 15;

export interface NoiseOptions {
  readonly port: number;
  readonly requests: number;
  readonly atOnce: number;
  readonly random: SeededRandom;
  /** What noise follows; `''` for noise alone. */
  readonly beginnings: readonly string[];
}

/**
 * Sends every request over a connection of its own and waits for the end of each.
 * @returns how often each status was the first answer; `none` counts connections that ended without one
 */
export async function sendNoise(options: NoiseOptions): Promise<ReadonlyMap<string, number>> {
  const { port, requests, atOnce, random, beginnings } = options;
  const outcomes = new Map<string, number>();
  let left = requests;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const noise = Buffer.from(
        Array.from({ length: random.integer(1, MAX_NOISE_BYTES) }, () => random.integer(0, 255)),
      );
      const bytes = Buffer.concat([Buffer.from(random.pick(beginnings)), noise]);
      const answer = await exchange(port, bytes, random.integer(1, 100) <= RESETS_PERCENT);
      const outcome = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 'none';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return outcomes;
}

/** Everything that comes back until the connection is over. */
function exchange(port: number, bytes: Buffer, reset: boolean): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {}); // a reset is an answer too; 'close' follows
    socket.once('close', () => resolve(answer));
    if (reset) socket.write(bytes, () => socket.resetAndDestroy());
    else socket.end(bytes);
  });
}
