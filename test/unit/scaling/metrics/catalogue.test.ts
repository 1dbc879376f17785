import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { CATALOGUE } from '../../../../src/scaling/metrics/catalogue.ts';

/** Rows of the tables in docs/METRICS.md: name, type, labels, meaning, merge. */
function documented(): string[][] {
  // Tests run in the root of the project.
  const text = readFileSync(resolve('docs/METRICS.md'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `tidegate_'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('the catalogue of metrics', () => {
  it('is what docs/METRICS.md says', () => {
    const rows = CATALOGUE.map(({ name, type, labels, help, merge }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
      merge,
    ]);
    expect(documented()).to.deep.equal(rows);
  });

  it('has each name once, with the prefix', () => {
    const names = CATALOGUE.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).to.deep.equal([]);
    expect(names.filter((name) => !name.startsWith('tidegate_'))).to.deep.equal([]);
  });

  it('ends the names of counters, and of no other metric, in _total', () => {
    for (const { name, type } of CATALOGUE) expect(name.endsWith('_total'), name).to.equal(type === 'counter');
  });
});
