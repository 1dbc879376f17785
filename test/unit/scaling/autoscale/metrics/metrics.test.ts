import { expect } from 'chai';
import type { Evidence } from '../../../../../src/scaling/autoscale/evidence.ts';
import type { MetricQuery } from '../../../../../src/scaling/autoscale/metrics/metric.ts';
import { readMetric } from '../../../../../src/scaling/autoscale/metrics/registry.ts';
import type { Observation } from '../../../../../src/scaling/autoscale/observation.ts';
import { extendSeries, type Sample, sampleOf } from '../../../../../src/scaling/autoscale/series.ts';
import {
  machine,
  observation,
  requests,
  START_MS,
  served,
  silent,
  worker,
  workersAt,
} from '../fixtures/observations.ts';
import { rule } from '../fixtures/rules.ts';

const LIMITS = { staleAfterMs: 3_000, warmUpMs: 3_000 };

/** One observation a second, the last of them now. */
function evidenceOf(...given: readonly Partial<Observation>[]): Evidence {
  let series: readonly Sample[] = [];
  given.forEach((part, index) => {
    series = extendSeries(series, sampleOf(observation({ atMs: START_MS + 1_000 * index, ...part }), LIMITS), {
      rules: [rule({ windowMs: 60_000 })],
    });
  });
  return { nowMs: START_MS + 1_000 * (given.length - 1), newest: series.at(-1) ?? null, series };
}

function query(metric: MetricQuery['metric'], given: Partial<MetricQuery> = {}): MetricQuery {
  const aggregate = metric === 'responseTime' ? 'p95' : 'mean';
  return { metric, aggregate, windowMs: 10_000, staleAs: 'zero', ...given };
}

describe('cpu, elu and in-flight requests', () => {
  it('are means over the workers, utilizations in percent', () => {
    const evidence = evidenceOf({
      workers: [worker(1, { cpu: 0.9, elu: 0.8, inFlight: 7 }), worker(2, { cpu: 0.3, elu: 0.2, inFlight: 2 })],
    });
    const values = (['cpu', 'elu', 'inFlight'] as const).map((metric) => readMetric(evidence, query(metric)));
    expect(values).to.deep.equal([
      { kind: 'value', value: 60, thin: null },
      { kind: 'value', value: 50, thin: null },
      { kind: 'value', value: 4.5, thin: null },
    ]);
  });

  it('are means over the window, and what is older does not count', () => {
    const evidence = evidenceOf(
      { workers: workersAt(1, { cpu: 1 }) },
      { workers: workersAt(1, { cpu: 0.25 }) },
      { workers: workersAt(1, { cpu: 0.75 }) },
    );
    // 2 s: the first sample is exactly two seconds old and out.
    expect(readMetric(evidence, query('cpu', { windowMs: 2_000 }))).to.include({ value: 50 });
    expect(readMetric(evidence, query('cpu', { windowMs: 1_000 }))).to.include({ value: 75 });
  });

  it('turn what was measured with fewer workers into what it is for the present number', () => {
    const evidence = evidenceOf({ workers: workersAt(2, { cpu: 0.75 }) }, { workers: workersAt(4, { cpu: 0.375 }) });
    // 2 × 0.75 = 1.5 cores then, 4 × 0.375 = 1.5 now: 1.5 / 4.
    expect(readMetric(evidence, query('cpu'))).to.include({ value: 37.5 });
  });

  it('count a silent worker as zero for scale-ups and not at all for scale-downs', () => {
    const evidence = evidenceOf({ workers: [worker(1, { cpu: 0.8 }), silent(2)] });
    expect(readMetric(evidence, query('cpu'))).to.include({ value: 40 });
    expect(readMetric(evidence, query('cpu', { staleAs: 'absent' }))).to.include({ value: 80 });
  });

  it('leave out workers that are warming up', () => {
    const fresh = worker(2, { cpu: 1 }, { readyAtMs: START_MS - 2_999 });
    expect(readMetric(evidenceOf({ workers: [worker(1, { cpu: 0.4 }), fresh] }), query('cpu'))).to.include({
      value: 40,
    });
    const warm = worker(2, { cpu: 1 }, { readyAtMs: START_MS - 3_000 });
    expect(readMetric(evidenceOf({ workers: [worker(1, { cpu: 0.4 }), warm] }), query('cpu'))).to.include({
      value: 70,
    });
  });

  it('leave out workers that start or drain', () => {
    const draining = worker(2, { cpu: 1 }, { phase: 'draining' });
    expect(readMetric(evidenceOf({ workers: [worker(1, { cpu: 0.4 }), draining] }), query('cpu'))).to.include({
      value: 40,
    });
  });

  it('are missing when no worker tells', () => {
    expect(readMetric(evidenceOf({ workers: [silent(1)] }), query('cpu'))).to.deep.equal({
      kind: 'missing',
      why: 'no ready worker has figures yet',
    });
    expect(readMetric(evidenceOf({ workers: [] }), query('cpu'))).to.deep.equal({
      kind: 'missing',
      why: 'no worker is ready',
    });
  });

  it('take figures that are no numbers for missing', () => {
    const evidence = evidenceOf({ workers: [worker(1, { cpu: Number.NaN })] });
    expect(readMetric(evidence, query('elu')).kind).to.equal('missing');
  });
});

describe('response time', () => {
  it('is a percentile of all requests of the window, never a mean of percentiles', () => {
    // 95 fast requests in one second, 5 slow ones in the next: the 95th of 100 is fast. A mean of the two p95 would be slow.
    const evidence = evidenceOf({ traffic: requests(95, 10) }, { traffic: requests(5, 1_000) });
    // All 95 lie in the bucket from 8 to 10 ms; rank 95 is its end.
    expect(readMetric(evidence, query('responseTime'))).to.deep.equal({ kind: 'value', value: 10, thin: null });
  });

  it('is interpolated within its bucket', () => {
    // 20 requests between 400 and 500 ms: rank 19 of 20 is 400 + 100 × 19/20.
    expect(readMetric(evidenceOf({ traffic: requests(20, 450) }), query('responseTime'))).to.include({ value: 495 });
  });

  it('knows p50 and p99', () => {
    const evidence = evidenceOf({ traffic: served([...new Array<number>(98).fill(1), 1_000, 1_000]) });
    // Rank 50 of 98 in (0.8, 1]: 0.8 + 0.2 × 50/98. Rank 99 is the first of two in (800, 1000]: 900.
    expect(readMetric(evidence, query('responseTime', { aggregate: 'p50' }))).to.include({
      value: 0.8 + 0.2 * (50 / 98),
    });
    expect(readMetric(evidence, query('responseTime', { aggregate: 'p99' }))).to.include({ value: 900 });
  });

  it('reports the last bound for what is above it', () => {
    expect(readMetric(evidenceOf({ traffic: requests(20, 200_000) }), query('responseTime'))).to.include({
      value: 100_000,
    });
  });

  it('counts only what was served with the present number of workers', () => {
    const evidence = evidenceOf(
      { workers: workersAt(1), traffic: requests(50, 900) },
      { workers: workersAt(2), traffic: requests(50, 90) },
    );
    // Rank 47.5 of 50 in (80, 100].
    expect(readMetric(evidence, query('responseTime'))).to.include({ value: 99 });
  });

  it('is zero when nobody asked', () => {
    expect(readMetric(evidenceOf({ traffic: requests(0, 1) }), query('responseTime'))).to.deep.equal({
      kind: 'value',
      value: 0,
      thin: null,
    });
  });

  it('is missing when requests began and none was completed', () => {
    expect(readMetric(evidenceOf({ traffic: requests(0, 1, { started: 3 }) }), query('responseTime'))).to.deep.equal({
      kind: 'missing',
      why: '3 requests began and none was completed',
    });
  });

  it('of fewer than 1/(1−q) requests is too thin to scale up on', () => {
    expect(readMetric(evidenceOf({ traffic: requests(19, 900) }), query('responseTime'))).to.include({
      thin: '19 of the 20 requests it takes to judge',
    });
  });

  it('is missing when the figures of the newest interval are', () => {
    const evidence = evidenceOf({ traffic: requests(100, 10) }, { traffic: null });
    expect(readMetric(evidence, query('responseTime'))).to.deep.equal({
      kind: 'missing',
      why: 'the request figures of the interval are missing',
    });
  });

  it('leaves out intervals with other buckets, and those without figures', () => {
    const other = { ...requests(0, 1), completed: 100, latencyBoundsMs: [1, 2], latencyCounts: [0, 100, 0] };
    const copied = { ...requests(20, 450), latencyBoundsMs: [...requests(0, 1).latencyBoundsMs] };
    const evidence = evidenceOf(
      { traffic: other },
      { traffic: null },
      { traffic: copied },
      { traffic: requests(20, 450) },
    );
    // Of forty between 400 and 500 ms rank 38.
    expect(readMetric(evidence, query('responseTime'))).to.include({ value: 495 });
  });
});

describe('error rate', () => {
  it('is the share of 5xx among all completed requests of the window', () => {
    // (1 + 9) of (150 + 50)
    const evidence = evidenceOf(
      { traffic: requests(150, 10, { errors: 1 }) },
      { traffic: requests(50, 10, { errors: 9 }) },
    );
    expect(readMetric(evidence, query('errorRate'))).to.deep.equal({ kind: 'value', value: 5, thin: null });
  });

  it('is zero without requests, and thin with fewer than 20', () => {
    expect(readMetric(evidenceOf({ traffic: requests(0, 1) }), query('errorRate'))).to.include({ value: 0 });
    expect(readMetric(evidenceOf({ traffic: requests(10, 1, { errors: 5 }) }), query('errorRate'))).to.deep.equal({
      kind: 'value',
      value: 50,
      thin: '10 of the 20 requests it takes to judge',
    });
  });

  it('is missing with the figures', () => {
    expect(readMetric(evidenceOf({ traffic: null }), query('errorRate')).kind).to.equal('missing');
    const broken = requests(10, 1, { errors: Number.NaN });
    expect(readMetric(evidenceOf({ traffic: broken }), query('errorRate')).kind).to.equal('missing');
  });
});

describe('request rate', () => {
  it('is requests begun per second and ready worker', () => {
    // (100 + 200) in 1 s + 2 s, by two workers.
    const evidence = evidenceOf({ traffic: requests(100, 1) }, { traffic: requests(200, 1, { intervalMs: 2_000 }) });
    expect(readMetric(evidence, query('requestRate'))).to.include({ value: 50 });
  });

  it('is missing without figures, workers or time', () => {
    expect(readMetric(evidenceOf({ traffic: null }), query('requestRate')).kind).to.equal('missing');
    expect(readMetric(evidenceOf({ workers: [] }), query('requestRate'))).to.include({ why: 'no worker is ready' });
    expect(readMetric(evidenceOf({ traffic: requests(1, 1, { intervalMs: 0 }) }), query('requestRate'))).to.include({
      why: 'the request figures cover no time',
    });
  });
});

describe('memory', () => {
  it('is percent in use, mean over the window', () => {
    const evidence = evidenceOf(
      { machine: machine({ totalMemoryBytes: 1_000, availableMemoryBytes: 500 }) },
      { machine: machine({ totalMemoryBytes: 1_000, availableMemoryBytes: 250 }) },
    );
    expect(readMetric(evidence, query('memory'))).to.include({ value: 62.5 });
  });

  it('is missing where the machine does not tell', () => {
    const evidence = evidenceOf({ machine: machine({ availableMemoryBytes: null }) });
    expect(readMetric(evidence, query('memory')).kind).to.equal('missing');
    expect(readMetric(evidenceOf({ machine: machine({ totalMemoryBytes: 0 }) }), query('memory')).kind).to.equal(
      'missing',
    );
  });
});

describe('capacity and bandwidth', () => {
  it('are percent of what can be leased', () => {
    const evidence = evidenceOf(
      { capacityUtilization: 0.5, bandwidthUtilization: 0.25 },
      { capacityUtilization: 1, bandwidthUtilization: 0.5 },
    );
    expect(readMetric(evidence, query('capacity'))).to.include({ value: 75 });
    expect(readMetric(evidence, query('bandwidth'))).to.include({ value: 37.5 });
  });

  it('are unused, not missing, where there are no leases', () => {
    expect(readMetric(evidenceOf({}), query('capacity'))).to.deep.equal({
      kind: 'unused',
      why: 'no leases are in use',
    });
  });
});

describe('a custom gauge', () => {
  it('is the mean of its values', () => {
    const evidence = evidenceOf({ custom: { depth: 2 } }, { custom: {} }, { custom: { depth: 5 } });
    expect(readMetric(evidence, query('custom:depth'))).to.include({ value: 3.5 });
  });

  it('is missing when the app does not report it, or reports no number', () => {
    const why = 'the app reports no gauge "depth"';
    expect(readMetric(evidenceOf({}), query('custom:depth'))).to.deep.equal({ kind: 'missing', why });
    expect(readMetric(evidenceOf({ custom: { depth: Number.NaN } }), query('custom:depth')).kind).to.equal('missing');
  });

  it('is not found among the properties that every object has', () => {
    expect(readMetric(evidenceOf({}), query('custom:constructor')).kind).to.equal('missing');
  });
});

describe('a metric', () => {
  it('is missing when nothing was observed, or nothing within the window', () => {
    expect(readMetric({ nowMs: 0, newest: null, series: [] }, query('cpu'))).to.include({
      why: 'nothing could be observed',
    });
    const old = evidenceOf({});
    expect(readMetric({ ...old, nowMs: old.nowMs + 10_000 }, query('cpu'))).to.include({
      why: 'the newest figures are older than the window',
    });
  });

  it('never sees samples beyond the longest window', () => {
    const policy = { rules: [rule({ windowMs: 20_000 })] };
    let series: readonly Sample[] = [];
    for (let second = 0; second < 100; second += 1) {
      series = extendSeries(series, sampleOf(observation({ atMs: START_MS + 1_000 * second }), LIMITS), policy);
    }
    expect(series).to.have.length(20);
  });
});
