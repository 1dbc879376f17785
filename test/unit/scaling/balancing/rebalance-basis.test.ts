import { expect } from 'chai';
import { BASIS_RULES, type Basis, chooseBasis } from '../../../../src/scaling/balancing/rebalance-basis.ts';

function basisOf(current: Basis, ...workers: [rate: number, elu: number | null][]): Basis {
  return chooseBasis(
    current,
    workers.map(([rate, elu]) => ({ rate, elu, inFlight: 0, connections: 10 })),
  );
}

describe('chooseBasis', () => {
  it('goes by request rate under load', () => {
    expect(basisOf('rate', [500, 0.6], [100, 0.2])).to.equal('rate');
    expect(basisOf('connections', [500, 0.6], [0, 0])).to.equal('rate');
  });

  it('goes by connections when the busiest worker is nearly idle, with hysteresis', () => {
    expect(basisOf('rate', [9, 0.04], [9, 0.01])).to.equal('connections');
    expect(basisOf('rate', [9, 0.06], [9, 0.01])).to.equal('rate');
    expect(basisOf('connections', [9, 0.06], [9, 0.01])).to.equal('connections');
    expect(basisOf('connections', [9, 0.09], [9, 0.01])).to.equal('rate');
  });

  it('goes by connections when hardly a request is completed, whatever keeps the loops busy', () => {
    expect(basisOf('rate', [1.5, 0.9], [0.4, 0.2])).to.equal('connections');
  });

  it('goes by utilization when the busier worker completes less, until they are even', () => {
    expect(basisOf('rate', [20, 0.9], [600, 0.3])).to.equal('elu');
    expect(basisOf('elu', [20, 0.7], [600, 0.5])).to.equal('elu');
    expect(basisOf('elu', [20, 0.62], [600, 0.55])).to.equal('rate');
    expect(basisOf('rate', [20, 0.7], [600, 0.5])).to.equal('rate');
  });

  it('does not take the utilization of a young worker for load', () => {
    expect(basisOf('rate', [0, null], [600, 0.3])).to.equal('rate');
    expect(basisOf('rate', [500, null], [600, null])).to.equal('rate');
    expect(basisOf('rate', [500, null], [9, 0.01])).to.equal('rate');
    expect(basisOf('connections', [500, null], [9, 0.01])).to.equal('connections');
  });
});

describe('the rules of each basis', () => {
  it('stop well below where they start', () => {
    for (const rules of Object.values(BASIS_RULES)) {
      for (const mean of [0, 1, 10, 1_000]) expect(rules.stopGap(mean)).to.be.at.most(rules.startGap(mean) / 2);
    }
  });
});
