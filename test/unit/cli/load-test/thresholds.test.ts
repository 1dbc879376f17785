import { expect } from 'chai';
import { type LoadTestFlags, planOf, thresholdsOf } from '../../../../src/cli/load-test/flags.ts';
import { Meter } from '../../../../src/cli/load-test/meter.ts';
import { type LoadResult, ResultBuilder } from '../../../../src/cli/load-test/result.ts';
import { judge, parseThreshold } from '../../../../src/cli/load-test/thresholds.ts';

const FLAGS: LoadTestFlags = {
  target: 'http://127.0.0.1:3001/somewhere',
  journey: 'get',
  path: '/',
  users: 10,
  duration: '30',
  ramp: '0',
  timeout: '10',
  sources: 1,
  processes: 1,
  engine: 'auto',
};

/** 98 steps of 10 ms and one of 500 ms succeed, one fails; over ten seconds. */
function result(): LoadResult {
  const meter = new Meter();
  for (let number = 0; number < 98; number += 1) meter.succeeded('create', 10);
  meter.succeeded('health', 500);
  meter.failed('create', 'HTTP 503');
  meter.sockets = 3;
  const builder = new ResultBuilder(planOf(FLAGS, '/'), 0);
  builder.add([meter.take()], 10_000);
  return builder.result(10_000);
}

describe('thresholds of a load test', () => {
  const verdicts: Readonly<Record<string, boolean>> = {
    'p95<11ms': true,
    'p95 < 9': false,
    'p99.9<1s': true,
    'max<=500ms': true,
    'max<500': false,
    'mean<20ms': true,
    'errors<=1%': true,
    'errors<1%': false,
    'rps>9': true,
    'rps>=10': false,
    'sockets>=3': true,
    'create:p99<11ms': true,
    'health:p50>1s': false,
    'create:errors<2%': true,
    'nothing:p99<1s': false,
  };
  for (const [text, isMet] of Object.entries(verdicts)) {
    it(`${text} is ${isMet ? 'met' : 'missed'}`, () => {
      expect(judge([parseThreshold(text)], result())).to.have.nested.property('[0].isMet', isMet);
    });
  }

  it('are missed when nothing was measured', () => {
    const empty = new ResultBuilder(planOf(FLAGS, '/'), 0).result(1_000);
    expect(judge([parseThreshold('p99<1s'), parseThreshold('errors<1%')], empty)).to.deep.equal([
      { threshold: 'p99<1s', isMet: false, found: 'nothing was measured' },
      { threshold: 'errors<1%', isMet: false, found: 'nothing was measured' },
    ]);
  });

  for (const text of ['p95', 'p42<1s', 'p95=3', 'errors<1', 'rps>fast', 'p99<soon']) {
    it(`${text} is refused, with what is allowed`, () => {
      expect(() => thresholdsOf({ ...FLAGS, threshold: [text] })).to.throw(
        /^--threshold: .* is no threshold; give p50/,
      );
    });
  }

  it('count what failed apart from how long it took', () => {
    const { total, steps, errors } = result();
    expect([total.succeeded, total.failed, steps.length]).to.deep.equal([99, 1, 2]);
    expect(errors).to.deep.equal([{ step: 'create', kind: 'HTTP 503', count: 1 }]);
  });
});

describe('flags of a load test', () => {
  it('take bare numbers for seconds, and durations', () => {
    const plan = planOf({ ...FLAGS, duration: '90', ramp: '500ms', think: '1-2.5', rate: '12.5' }, '/');
    expect(plan).to.include({ durationMs: 90_000, rampMs: 500, ratePerS: 12.5, target: 'http://127.0.0.1:3001' });
    expect(plan.thinkMs).to.deep.equal([1_000, 2_500]);
  });

  it('take a journey from a file', () => {
    expect(planOf({ ...FLAGS, journey: 'shop/buy.mjs' }, '/srv').journey).to.equal('file:///srv/shop/buy.mjs');
  });

  for (const [name, flags] of Object.entries({
    '--target': { target: 'ftp://x' },
    '--journey': { journey: 'nowhere' },
    '--duration': { duration: 'long' },
    '--think': { think: '2s-1s' },
    '--rate': { rate: '0' },
    '--processes': { processes: 11 },
    '--ca': { ca: '/no/such/file' },
  })) {
    it(`say what is wrong with ${name}`, () => {
      expect(() => planOf({ ...FLAGS, ...flags }, '/'))
        .to.throw(new RegExp(`^${name}.*`))
        .with.property('exitCode', 2);
    });
  }
});
