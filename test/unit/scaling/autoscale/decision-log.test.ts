import { expect } from 'chai';
import {
  appendDecision,
  findDecision,
  LOG_LENGTH,
  type LogEntry,
} from '../../../../src/scaling/autoscale/decision-log.ts';
import type { DecisionRecord } from '../../../../src/scaling/autoscale/record.ts';
import { Bench } from './fixtures/bench.ts';

const PATTERN = new Bench({ rules: [] }).step();

function record(id: number, given: Partial<DecisionRecord> = {}): DecisionRecord {
  return { ...PATTERN, id, atMs: id * 1_000, ...given };
}

function logOf(...records: readonly DecisionRecord[]): readonly LogEntry[] {
  return records.reduce<readonly LogEntry[]>((log, each) => appendDecision(log, each), []);
}

describe('the log of decisions', () => {
  it('makes one entry of holds that repeat, and keeps the latest of them', () => {
    const log = logOf(record(1), record(2), record(3));
    expect(log).to.deep.equal([{ record: record(3), firstId: 1, sinceMs: 1_000, repeats: 2, shadows: [] }]);
  });

  it('begins a new entry when reason, rule or number changes, and at every action', () => {
    const log = logOf(
      record(1),
      record(2, { reason: 'cooldown', rule: 'a' }),
      record(3, { reason: 'cooldown', rule: 'b' }),
      record(4, { action: 'scale-up', desired: 3 }),
      record(5, { action: 'scale-up', desired: 4 }),
      record(6, { desired: 4 }),
      record(7, { desired: 4 }),
    );
    expect(log.map(({ firstId, repeats }) => [firstId, repeats])).to.deep.equal([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 0],
      [6, 1],
    ]);
  });

  it('does not bury an alert in a run of holds', () => {
    const alerts = [{ source: 'errors', sentence: 'x' }];
    expect(logOf(record(1), record(2, { alerts }), record(3)).map(({ firstId }) => firstId)).to.deep.equal([1, 2, 3]);
  });

  it('drops the oldest hold first when it is full, so that actions stay visible', () => {
    const log = logOf(
      record(1, { action: 'scale-up', desired: 3 }),
      ...Array.from({ length: LOG_LENGTH + 50 }, (_, index) => record(index + 2, { rule: String(index) })),
    );
    expect(log).to.have.length(LOG_LENGTH);
    expect(log.slice(0, 2).map(({ firstId }) => firstId)).to.deep.equal([1, 53]);
  });

  it('drops the oldest action when there is nothing else', () => {
    const log = logOf(
      ...Array.from({ length: LOG_LENGTH + 3 }, (_, index) => record(index + 1, { action: 'scale-up' })),
    );
    expect(log).to.have.length(LOG_LENGTH);
    expect(log[0]?.firstId).to.equal(4);
  });

  it('finds a decision by its id, also within a run of holds', () => {
    const log = logOf(record(1), record(2), record(3, { action: 'scale-up' }));
    expect(findDecision(log, 1)?.record.id).to.equal(2);
    expect(findDecision(log, 3)?.record.id).to.equal(3);
    expect(findDecision(log, 'last')?.record.id).to.equal(3);
    expect(findDecision(log, 4)).to.equal(undefined);
    expect(findDecision([], 'last')).to.equal(undefined);
  });
});
