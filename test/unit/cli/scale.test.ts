import { expect } from 'chai';
import { UsageError } from '../../../src/cli/errors.ts';
import { parseScaleAmount } from '../../../src/cli/scale.ts';

describe('parseScaleAmount', () => {
  it('reads a count', () => {
    expect(parseScaleAmount('4')).to.deep.equal({ kind: 'to', count: 4 });
  });

  it('reads a change', () => {
    expect(parseScaleAmount('+2')).to.deep.equal({ kind: 'by', change: 2 });
    expect(parseScaleAmount('-1')).to.deep.equal({ kind: 'by', change: -1 });
  });

  it('refuses everything else, and says how to end all workers', () => {
    for (const text of ['', 'x', '1.5', '1e9', '--1', '+', ' 4', '9999999999']) {
      expect(() => parseScaleAmount(text), text).to.throw(UsageError, 'give 4, +2 or -1');
    }
    for (const text of ['0', '+0', '-0'])
      expect(() => parseScaleAmount(text), text).to.throw(UsageError, 'tidegate stop');
  });
});
