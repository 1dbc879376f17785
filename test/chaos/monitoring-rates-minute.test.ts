import { expect } from 'chai';
import { isInstalled } from '../helpers/prometheus.ts';
import { compareRates } from '../helpers/rate-comparison.ts';

describe('a Prometheus that scrapes a runtime (needs prometheus)', function () {
  this.timeout(120_000);

  it('sees as many requests a second as the load generator counts, within 1 %', async function () {
    if (!isInstalled('prometheus')) return this.skip();
    const { counted, rate, ratedByHistogram, failures } = await compareRates(50);
    expect(failures).to.equal(0);
    expect(counted).to.be.within(150, 205);
    expect(rate).to.be.closeTo(counted, counted * 0.01);
    expect(ratedByHistogram).to.be.closeTo(counted, counted * 0.01);
  });
});
