import { expect } from 'chai';
import { nearNameWarnings } from '../../../src/cli/near-names.ts';

describe('variables that are nearly an option', () => {
  it('a letter less, more or other is told, with the option that was meant', () => {
    expect(nearNameWarnings({ MAX_INSTANCE: '3' })).to.deep.equal([
      'MAX_INSTANCE is no option of Tidegate; did you mean MAX_INSTANCES?',
    ]);
    expect(nearNameWarnings({ MANAGEMENT_PORTS: '0', MIN_INSTANZES: '2' })).to.have.length(2);
  });

  it('options, empty variables, short names and names further away are not', () => {
    expect(nearNameWarnings({ MAX_INSTANCES: '3', MIN_INSTANCE: '', LB_MOD: 'x', PATH: '/bin' })).to.deep.equal([]);
    expect(nearNameWarnings({ MAX_INST: '3', REDIS_PROT: '1', HOSTNAME: 'a' })).to.deep.equal([]);
  });

  it('a name beside the option that it resembles is the app’s own', () => {
    expect(nearNameWarnings({ MAX_INSTANCE: '3', MAX_INSTANCES: '8' })).to.deep.equal([]);
  });
});
