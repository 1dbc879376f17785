import { expect } from 'chai';
import { isInstalled } from '../helpers/prometheus.ts';
import { compareRates } from '../helpers/rate-comparison.ts';

describe('a Prometheus that scrapes a runtime for five minutes (needs prometheus)', function () {
  this.timeout(420_000);

  it('sees what the load generator counts within 1 %, across a reload and a change of the number of workers', async function () {
    if (!isInstalled('prometheus')) return this.skip();
    const { counted, rate, ratedByHistogram, failures } = await compareRates(300, async (runtime) => {
      expect((await runtime.reload()).at(-1)?.outcome).to.equal('done');
      await runtime.scale(3);
      await runtime.scale(2);
    });
    expect(failures).to.equal(0);
    expect(counted).to.be.within(150, 205);
    expect(rate).to.be.closeTo(counted, counted * 0.01);
    expect(ratedByHistogram).to.be.closeTo(counted, counted * 0.01);
  });
});
