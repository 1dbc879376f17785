import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { explain } from '../../../../src/scaling/autoscale/explain.ts';
import type { DecisionRecord } from '../../../../src/scaling/autoscale/record.ts';
import { replay } from '../../../../src/scaling/simulate/recording/replay.ts';
import { SITUATIONS } from '../../../helpers/scaling-situations.ts';

// Recorded from live runs by test/chaos/scaling-situations. Tests run in the root of the project.
const RECORDINGS = path.resolve('test/unit/scaling/autoscale/fixtures/situations');

/** The last decision of a recording, decided again. */
function lastDecision(name: string): DecisionRecord {
  const records: DecisionRecord[] = [];
  const text = readFileSync(path.join(RECORDINGS, `${name}.ndjson`), 'utf8');
  replay(text.split('\n'), { onRecord: (record) => records.push(record) });
  return records.at(-1) as DecisionRecord;
}

describe('explain, in recorded situations', () => {
  for (const { name, isIt, told } of SITUATIONS) {
    it(`${name}: names the cause, the figures and what comes next`, () => {
      const record = lastDecision(name);
      expect(isIt(record), record.sentence).to.equal(true);
      const text = explain(record).join('\n');
      expect(text).to.match(told.cause);
      expect(text).to.match(told.figures);
      expect(text).to.match(told.next);
    });
  }

  it('has a recording of each, and no other', () => {
    const names = SITUATIONS.map(({ name }) => `${name}.ndjson`);
    expect(readdirSync(RECORDINGS).sort()).to.deep.equal(names.sort());
  });

  it('at the upper limit, names no rule and no guard that would add workers', () => {
    const { wouldChange } = lastDecision('at-max');
    expect(wouldChange[0]).to.equal('More than 2 workers are possible when MAX_INSTANCES is raised.');
    expect(wouldChange.join('\n')).not.to.match(/adds workers|blocked:cpu|blocked:memory/);
  });
});
