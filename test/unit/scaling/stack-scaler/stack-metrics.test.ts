import { expect } from 'chai';
import { stackMetrics } from '../../../../src/scaling/stack-scaler/stack-metrics.ts';
import { tableRows } from '../../../helpers/markdown.ts';
import { source } from '../../../helpers/prometheus.ts';

describe('the metrics of a scaler', () => {
  it('are what docs/METRICS.md says', () => {
    const own = /^tidegate_(stack|capacity)_/;
    const defined = stackMetrics(() => {
      throw new Error('nothing is read here');
    }).filter(({ name }) => own.test(name));
    expect(tableRows(source('docs/METRICS.md'), 'type', 'metric', 'labels', 'meaning', 'merged')).to.deep.equal(
      defined.map(({ name, type, labels, help, merge }) => [type, name, labels.join(', '), help, merge]),
    );
  });
});
