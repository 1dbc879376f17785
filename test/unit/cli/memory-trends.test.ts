import { expect } from 'chai';
import { growth, memorySentences, untilLimit } from '../../../src/cli/memory-trends.ts';

describe('the memory of workers on a terminal', () => {
  it('shows growth, shrinking, and nothing where nothing is known', () => {
    const shown = [10 * 1_048_576, -1_048_576, null].map((bytesPerHour) =>
      growth({ id: 1, bytesPerHour, limitInMs: null }),
    );
    expect(shown).to.deep.equal(['+10.0 MiB/h', '-1.0 MiB/h', '-']);
    expect([growth(undefined), untilLimit(undefined)]).to.deep.equal(['-', '-']);
  });

  it('names those that will reach their limit, the first one first', () => {
    const sentences = memorySentences([
      { id: 1, bytesPerHour: 1_048_576, limitInMs: 7_200_000 },
      { id: 2, bytesPerHour: 5_000, limitInMs: null },
      { id: 3, bytesPerHour: 2_097_152, limitInMs: 90_000 },
    ]);
    expect(sentences).to.deep.equal([
      'w3 grows by 2.0 MiB/h, and is recycled in 1m 30s',
      'w1 grows by 1.0 MiB/h, and is recycled in 2h',
    ]);
  });
});
