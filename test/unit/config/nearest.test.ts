import { expect } from 'chai';
import { nearest } from '../../../config/nearest.ts';

const NAMES = ['port', 'minInstances', 'maxInstances', 'lbAlgorithm'];

describe('nearest', () => {
  it('finds a word with a letter missing, added, wrong or swapped', () => {
    expect(nearest('prt', NAMES)).to.equal('port');
    expect(nearest('minInstance', NAMES)).to.equal('minInstances');
    expect(nearest('lbAlgoritm', NAMES)).to.equal('lbAlgorithm');
    expect(nearest('prot', NAMES)).to.equal('port');
  });

  it('does not mind case', () => {
    expect(nearest('MAXINSTANCES', NAMES)).to.equal('maxInstances');
  });

  it('prefers the nearer of two', () => {
    expect(nearest('maxInstance', NAMES)).to.equal('maxInstances');
  });

  it('suggests nothing for a word that resembles none', () => {
    expect(nearest('databaseUrl', NAMES)).to.equal(undefined);
    expect(nearest('x', NAMES)).to.equal(undefined);
    expect(nearest('', NAMES)).to.equal(undefined);
  });
});
