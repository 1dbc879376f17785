import { expect } from 'chai';
import fc from 'fast-check';
import {
  afterSample,
  NO_PRESSURE,
  type Pressure,
  type PressureLevel,
} from '../../../../src/scaling/database/pool-pressure.ts';

/** The pressure after samples of so many of 100 connections in use. */
function under(used: readonly number[], from: Pressure = NO_PRESSURE): Pressure {
  return used.reduce((pressure, count) => afterSample(pressure, { used: count, waiting: 0, max: 100 }), from);
}

const at = (level: PressureLevel): Pressure => ({ ...NO_PRESSURE, level });

describe('the pressure on a pool', () => {
  it('is a warning from 80 % and critical from 95 %, on the second sample in a row', () => {
    expect(under([79, 79, 79]).level).to.equal('ok');
    expect(under([80]).level).to.equal('ok');
    expect(under([80, 80]).level).to.equal('warning');
    expect(under([94, 94]).level).to.equal('warning');
    expect(under([95, 95]).level).to.equal('critical');
    expect(under([100, 100]).level).to.equal('critical');
  });

  it('is judged by the share, whatever the size of the pool', () => {
    const twice = (used: number, max: number): PressureLevel => {
      const sample = { used, max, waiting: 0 };
      return afterSample(afterSample(NO_PRESSURE, sample), sample).level;
    };
    expect([twice(3, 5), twice(4, 5), twice(5, 5)]).to.deep.equal(['ok', 'warning', 'critical']);
    expect([twice(39, 50), twice(40, 50), twice(47, 50), twice(48, 50)]).to.deep.equal([
      'ok',
      'warning',
      'warning',
      'critical',
    ]);
  });

  it('is not raised by single samples, however high', () => {
    expect(under([100, 10, 100, 10, 100]).level).to.equal('ok');
  });

  it('rises to the lower of what the samples ask for, and goes on from there', () => {
    expect(under([100, 80]).level).to.equal('warning');
    expect(under([80, 100]).level).to.equal('warning');
    expect(under([80, 100, 100, 100]).level).to.equal('critical');
  });

  it('falls on the third sample in a row below 70 %, or below 85 % from critical', () => {
    expect(under([69, 69], at('warning')).level).to.equal('warning');
    expect(under([69, 69, 69], at('warning')).level).to.equal('ok');
    expect(under([70, 70, 70, 70], at('warning')).level).to.equal('warning');
    expect(under([84, 84, 84], at('critical')).level).to.equal('warning');
    expect(under([85, 85, 85, 85], at('critical')).level).to.equal('critical');
    expect(under([10, 10, 10], at('critical')).level).to.equal('ok');
    expect(under([10, 75, 10], at('critical')).level).to.equal('warning');
  });

  it('is told of once while the pool swings around a bound', () => {
    const swinging = Array.from({ length: 100 }, (_, index) => (index % 3 === 0 ? 75 : 85));
    let pressure = NO_PRESSURE;
    const levels: PressureLevel[] = [];
    for (const used of swinging) {
      const next = under([used], pressure);
      if (next.level !== pressure.level) levels.push(next.level);
      pressure = next;
    }
    expect(levels).to.deep.equal(['warning']);
  });

  it('notes callers that wait at once, and that they no longer do after three samples without', () => {
    const waiting = afterSample(NO_PRESSURE, { used: 1, waiting: 1, max: 100 });
    expect(waiting.waiting).to.equal(true);
    expect(under([1, 1], waiting).waiting).to.equal(true);
    expect(under([1, 1, 1], waiting).waiting).to.equal(false);
    const again = afterSample(under([1, 1], waiting), { used: 1, waiting: 2, max: 100 });
    expect(under([1, 1], again).waiting).to.equal(true);
  });

  it('follows any load: after enough equal samples the level is that of the load', () => {
    const loads = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 });
    fc.assert(
      fc.property(loads, fc.integer({ min: 0, max: 100 }), (before, used) => {
        const { level } = under([...before, ...Array<number>(8).fill(used)]);
        if (used >= 95) expect(level).to.equal('critical');
        if (used >= 80 && used < 85) expect(level).to.equal('warning');
        if (used < 70) expect(level).to.equal('ok');
      }),
    );
  });
});
