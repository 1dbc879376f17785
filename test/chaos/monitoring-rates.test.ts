import { expect } from 'chai';
import { isInstalled } from '../helpers/prometheus.ts';
import { compareRates, type RateComparison } from '../helpers/rate-comparison.ts';
import { skipWithout } from '../helpers/skip-without.ts';

const SHORT_SECONDS = 50;
const LONG_SECONDS = 300;
/** How long a window is asked for: the long test runs from 300 on. */
const SECONDS = Number(process.env.CHAOS_RATES_SECONDS ?? SHORT_SECONDS);

describe('a Prometheus that scrapes a runtime (needs prometheus)', function () {
  this.timeout(SECONDS * 1_000 + 120_000);

  before(function () {
    if (!isInstalled('prometheus')) skipWithout(this, 'prometheus');
  });

  function expectEqual({ counted, rate, ratedByHistogram, failures }: RateComparison): void {
    const off = (figure: number): string => `${((Math.abs(figure - counted) / counted) * 100).toFixed(2)} %`;
    console.log(
      `      ${counted.toFixed(2)} a second counted; rate() ${off(rate)} off, of the histogram ${off(ratedByHistogram)} off`,
    );
    expect(failures).to.equal(0);
    expect(counted).to.be.within(150, 205);
    expect(rate).to.be.closeTo(counted, counted * 0.01);
    expect(ratedByHistogram).to.be.closeTo(counted, counted * 0.01);
  }

  it('sees as many requests a second as the load generator counts, within 1 %', async () => {
    expectEqual(await compareRates(SHORT_SECONDS));
  });

  it(`does so for five minutes, across a reload and a change of the number of workers (CHAOS_RATES_SECONDS=${LONG_SECONDS})`, async function () {
    if (SECONDS < LONG_SECONDS) return skipWithout(this, `CHAOS_RATES_SECONDS=${LONG_SECONDS}, which asks for it,`);
    const disturbed = await compareRates(SECONDS, async (runtime) => {
      expect((await runtime.reload()).at(-1)?.outcome).to.equal('done');
      await runtime.scale(3);
      await runtime.scale(2);
    });
    expectEqual(disturbed);
  });
});
