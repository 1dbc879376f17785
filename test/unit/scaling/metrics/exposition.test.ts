import { expect } from 'chai';
import { LATENCY_BOUNDS_MS } from '../../../../src/ipc/latency-buckets.ts';
import type { ClusterStatus } from '../../../../src/ipc/status.ts';
import type { DeviceFigures } from '../../../../src/scaling/machine/host-devices.ts';
import { ProcessUsage } from '../../../../src/scaling/machine/process-usage.ts';
import type { MachineFigures } from '../../../../src/scaling/machine.ts';
import { MetricsExposition } from '../../../../src/scaling/metrics/exposition.ts';
import type { BreakerFigures } from '../../../../src/scaling/metrics/family.ts';
import { EXPORTED_BOUNDS_MS } from '../../../../src/scaling/metrics/http.ts';
import { MeterLedger } from '../../../../src/scaling/metrics/meter-ledger.ts';
import { ScalingCounts } from '../../../../src/scaling/metrics/scaling-counts.ts';
import { MetricsCollector } from '../../../../src/scaling/metrics-collector.ts';
import { latencies, receipt, START_MS, sample, served, status, totals, worker } from '../fixtures/cluster-fixtures.ts';

/** The samples of a page: `name{labels}` → value. */
function parse(page: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('MetricsExposition', () => {
  let current: ClusterStatus;
  let nowMs: number;
  let machine: MachineFigures;
  let devices: DeviceFigures;
  let scaling: ScalingCounts;
  let breakers: readonly BreakerFigures[];
  let collector: MetricsCollector;
  let exposition: MetricsExposition;

  beforeEach(() => {
    current = status([]);
    nowMs = START_MS;
    machine = {
      cores: 2,
      cpuUtilization: 0.3,
      totalMemoryBytes: 1_000,
      availableMemoryBytes: 600,
      loadAverage: [1, 2, 3],
    };
    devices = {
      network: { interface: 'eth0', receivedBytes: 11, transmittedBytes: 12 },
      disk: { mount: '/', sizeBytes: 21, availableBytes: 22 },
      diskTraffic: { readBytes: 31, writtenBytes: 32 },
    };
    scaling = new ScalingCounts();
    breakers = [
      { name: 'worker-0', state: 'closed' },
      { name: 'worker-1', state: 'half-open' },
      { name: 'worker-2', state: 'open' },
    ];
    const processes = new ProcessUsage({
      readProcesses: async (pids) =>
        Object.fromEntries(
          pids.map((pid) => [pid, { pid, ppid: 1, cpu: 75, memory: 5_000, ctime: 2_500, elapsed: 9, timestamp: 0 }]),
        ),
    });
    collector = new MetricsCollector({
      probe: { status: () => current },
      machine: { read: () => machine },
      processes,
      now: () => nowMs,
    });
    exposition = new MetricsExposition({
      collector,
      processes,
      devices: { figures: async () => devices },
      scaling,
      meters: new MeterLedger(),
      probes: () =>
        new Map([
          ['workers', 'ok'],
          ['memory', 'critical'],
          ['cpu', 'warning'],
          ['event-loop', 'unknown'],
        ]),
      breakers: () => breakers,
      build: { version: '1.2.3', node: 'v20.0.0' },
      now: () => nowMs,
    });
  });

  async function scrape(): Promise<Map<string, number>> {
    return parse(await exposition.expose());
  }

  it('is in the text format of Prometheus', async () => {
    expect(exposition.contentType).to.equal('text/plain; version=0.0.4; charset=utf-8');
    expect(await exposition.expose()).to.include(
      '# HELP tidegate_scaling_desired Workers wanted.\n# TYPE tidegate_scaling_desired gauge\ntidegate_scaling_desired 0\n',
    );
  });

  it('counts requests by slot, method, status and route', async () => {
    current = status([worker({ id: 9, slot: 2, sample: served(4) })]);
    const page = await scrape();
    expect(
      page.get('tidegate_http_requests_total{worker="2",method="GET",status_class="2xx",route_class="other"}'),
    ).to.equal(4);
  });

  it('lets no counter fall when workers leave, and goes on from there when others come', async () => {
    const counting = sample({
      totals: totals({
        connectionsAccepted: 5,
        connectionsMovedIn: 1,
        connectionsMovedOut: 2,
        requestsStarted: 4,
        requestsCompleted: 4,
        requestsAborted: 3,
        requests: [['GET', '2xx', 'other', 4]],
        latencyCounts: latencies(1, 2, 3, 400_000),
        latencySumMs: 400_006,
      }),
    });
    const histories: readonly ClusterStatus[] = [
      status([worker({ id: 1, sample: counting, restarts: 1 }), worker({ id: 2, sample: counting })]),
      status([worker({ id: 1, sample: counting, restarts: 1 })], { receipts: [receipt({ workerId: 2 })] }),
      status([]),
      status([worker({ id: 3, slot: 0 })]),
      status([worker({ id: 3, slot: 0, sample: counting })]),
    ];
    let before = new Map<string, number>();
    for (const next of histories) {
      current = next;
      const page = await scrape();
      for (const [series, value] of before) {
        if (/(_total|_bucket|_sum|_count)(\{|$)/.test(series)) expect(page.get(series), series).to.be.at.least(value);
      }
      before = page;
    }
    expect(before.get('tidegate_http_request_duration_seconds_count')).to.equal(12);
    expect(before.get('tidegate_http_requests_aborted_total{worker="0"}')).to.equal(6);
    expect(before.get('tidegate_http_requests_aborted_total{worker="1"}')).to.equal(3);
    expect(before.get('tidegate_connections_accepted_total{worker="0"}')).to.equal(10);
    expect(before.get('tidegate_connections_moved_total{worker="0",direction="out"}')).to.equal(4);
    expect(before.get('tidegate_worker_restarts_total{worker="0"}')).to.equal(1);
  });

  it('writes the histogram exactly: cumulative, with what is above the last bound', async () => {
    const spread = sample({
      totals: totals({ latencyCounts: latencies(0.5, 1, 1.1, 10, 11, 9_999, 20_000), latencySumMs: 30_022.6 }),
    });
    current = status([worker({ sample: spread })]);
    const page = await scrape();
    const bucket = (le: string) => page.get(`tidegate_http_request_duration_seconds_bucket{le="${le}"}`);
    expect(['0.001', '0.0025', '0.005', '0.01', '0.025', '5', '10', '+Inf'].map(bucket)).to.deep.equal([
      2, 3, 3, 4, 5, 5, 6, 7,
    ]);
    expect(page.get('tidegate_http_request_duration_seconds_count')).to.equal(7);
    expect(page.get('tidegate_http_request_duration_seconds_sum')).to.be.closeTo(30.0226, 1e-9);
  });

  it('exports only bounds that workers count by', () => {
    expect(EXPORTED_BOUNDS_MS.filter((bound) => !LATENCY_BOUNDS_MS.includes(bound))).to.deep.equal([]);
  });

  it('merges the two processes of a slot while one replaces the other', async () => {
    current = status([
      worker({ id: 7, slot: 0, phase: 'draining', sample: sample({ elu: 0.9, connections: 5, runDelay: null }) }),
      worker({ id: 8, slot: 0, sample: sample({ elu: 0.1, connections: 1, loopDelayP99Ms: 30 }) }),
      worker({ id: 9, slot: 1, phase: 'starting' }),
      worker({ id: 6, slot: 2, phase: 'stopped', sample: sample() }),
    ]);
    const page = await scrape();
    expect(page.get('tidegate_connections{worker="0"}')).to.equal(6);
    expect(page.get('tidegate_websockets{worker="0"}')).to.equal(4);
    expect(page.get('tidegate_http_requests_in_flight{worker="0"}')).to.equal(6);
    expect(page.get('tidegate_worker_elu{worker="0"}')).to.equal(0.9);
    expect(page.get('tidegate_worker_cpu_utilization{worker="0"}')).to.equal(0.8);
    expect(page.get('tidegate_worker_run_delay_ratio{worker="0"}')).to.equal(0.1);
    expect(page.get('tidegate_worker_loop_delay_seconds{worker="0"}')).to.equal(0.03);
    expect(page.get('tidegate_worker_rss_bytes{worker="0"}')).to.equal(200_000_000);
    expect(page.get('tidegate_worker_heap_used_bytes{worker="0"}')).to.equal(40_000_000);
    expect(page.get('tidegate_worker_state{worker="0",state="draining"}')).to.equal(1);
    expect(page.get('tidegate_worker_state{worker="0",state="ready"}')).to.equal(1);
    expect(page.get('tidegate_worker_state{worker="1",state="starting"}')).to.equal(1);
    expect(page.has('tidegate_worker_elu{worker="1"}')).to.equal(false);
    expect(page.has('tidegate_worker_state{worker="2",state="ready"}')).to.equal(false);
  });

  it('takes memory and CPU from the operating system while an agent is silent', async () => {
    current = status([
      worker({ pid: 12, sample: sample(), sampleAtMs: START_MS }),
      worker({ id: 2, pid: null, sample: sample() }),
    ]);
    nowMs += 10_000;
    await collector.collect(nowMs);
    await new Promise(setImmediate);
    const page = await scrape();
    expect(page.get('tidegate_worker_rss_bytes{worker="0"}')).to.equal(5_000);
    expect(page.get('tidegate_worker_cpu_utilization{worker="0"}')).to.equal(0.75);
    expect(page.get('tidegate_worker_rss_bytes{worker="1"}')).to.equal(100_000_000);
    expect(page.get('tidegate_worker_sample_age_seconds{worker="0"}')).to.equal(10);
    expect(page.has('tidegate_worker_sample_age_seconds{worker="1"}')).to.equal(false);
  });

  it('tells drains, decisions, probes, breakers and build', async () => {
    current = status([], { desired: 4, ready: 3, receipts: [receipt({ reason: 'reload' })] });
    scaling.record({
      need: 5,
      offeredLoadErlangs: 3.9,
      action: 'scale-up',
      reason: 'rule',
      clamps: [{ before: 4, after: 3, why: 'blocked:memory', detail: '' }],
    });
    const page = await scrape();
    expect(page.get('tidegate_scaling_desired')).to.equal(4);
    expect(page.get('tidegate_scaling_ready')).to.equal(3);
    expect(page.get('tidegate_scaling_need')).to.equal(5);
    expect(page.get('tidegate_scaling_offered_load_erlangs')).to.equal(3.9);
    expect(page.get('tidegate_scaling_decisions_total{action="scale-up",reason="rule"}')).to.equal(1);
    expect(page.get('tidegate_scaling_blocked_total{reason="blocked:memory"}')).to.equal(1);
    expect(page.get('tidegate_drains_total{reason="reload"}')).to.equal(1);
    expect(page.get('tidegate_drained_connections_total{outcome="closed_by_client"}')).to.equal(2);
    expect(
      ['workers', 'cpu', 'memory', 'event-loop'].map((probe) => page.get(`tidegate_health_status{probe="${probe}"}`)),
    ).to.deep.equal([0, 1, 2, -1]);
    expect([0, 1, 2].map((slot) => page.get(`tidegate_breaker_state{name="worker-${slot}"}`))).to.deep.equal([0, 1, 2]);
    expect(page.get('tidegate_build_info{version="1.2.3",node="v20.0.0"}')).to.equal(1);
  });

  it('tells the host and its own process', async () => {
    await collector.collect(nowMs);
    const page = await scrape();
    expect(page.get('tidegate_host_cpu_cores')).to.equal(2);
    expect(page.get('tidegate_host_cpu_utilization_ratio')).to.equal(0.3);
    expect(page.get('tidegate_host_memory_size_bytes')).to.equal(1_000);
    expect(page.get('tidegate_host_memory_available_bytes')).to.equal(600);
    expect(
      ['1m', '5m', '15m'].map((period) => page.get(`tidegate_host_load_average{period="${period}"}`)),
    ).to.deep.equal([1, 2, 3]);
    expect(page.get('tidegate_host_network_receive_bytes_total{interface="eth0"}')).to.equal(11);
    expect(page.get('tidegate_host_network_transmit_bytes_total{interface="eth0"}')).to.equal(12);
    expect(page.get('tidegate_host_disk_size_bytes')).to.equal(21);
    expect(page.get('tidegate_host_disk_available_bytes')).to.equal(22);
    expect(page.get('tidegate_host_disk_read_bytes_total')).to.equal(31);
    expect(page.get('tidegate_host_disk_written_bytes_total')).to.equal(32);
    expect(page.get('tidegate_process_cpu_seconds_total')).to.equal(2.5);
    expect(page.get('tidegate_process_resident_memory_bytes')).to.equal(5_000);
    expect(page.get('tidegate_process_heap_used_bytes')).to.be.above(0);
    expect(page.get('tidegate_process_elu')).to.be.within(0, 1);
    expect(page.get('tidegate_process_start_time_seconds')).to.equal(START_MS / 1_000);
  });

  it('leaves out what is unknown instead of writing a zero', async () => {
    devices = { network: null, disk: null, diskTraffic: null };
    const before = await scrape();
    expect([...before.keys()].filter((series) => series.startsWith('tidegate_host_'))).to.deep.equal([]);
    machine = { ...machine, cpuUtilization: null, availableMemoryBytes: null, loadAverage: null };
    await collector.collect(nowMs);
    const known = [...(await scrape()).keys()].filter((series) => series.startsWith('tidegate_host_'));
    expect(known).to.deep.equal(['tidegate_host_cpu_cores', 'tidegate_host_memory_size_bytes']);
  });

  it('escapes what stands in labels', async () => {
    breakers = [{ name: 'a "quoted"\nname\\', state: 'open' }];
    expect(await exposition.expose()).to.include('name="a \\"quoted\\"\\nname\\\\"');
  });

  it('answers two scrapes at a time', async () => {
    current = status([worker({ sample: served(4) })]);
    const [one, two] = await Promise.all([exposition.expose(), exposition.expose()]);
    const series = 'tidegate_http_request_duration_seconds_count 4\n';
    expect(one).to.include(series);
    expect(two).to.include(series);
  });

  it('has at most 60 series for a worker, whatever clients send, and loses no request', async () => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'OTHER'];
    const requests = methods.flatMap((method) =>
      ['2xx', '3xx', '4xx', '5xx'].flatMap((status) =>
        ['api', 'static', 'other'].map((route) => [method, status, route, 2] as const),
      ),
    );
    current = status([worker({ id: 1, slot: 0, sample: sample({ totals: totals({ requests }) }) })]);
    await scrape();
    // Later ones fall where the first ones fell.
    const more = requests.map(([method, status, route]) => [method, status, route, 5] as const);
    current = status([worker({ id: 1, slot: 0, sample: sample({ totals: totals({ requests: more }) }) })]);
    const page = await scrape();
    const ofWorker = [...page.keys()].filter(
      (series) => series.includes('worker="0"') || series.includes('"worker-0"'),
    );
    expect(ofWorker.length).to.be.within(40, 60);
    const counted = [...page].filter(([series]) => series.startsWith('tidegate_http_requests_total'));
    expect(counted.reduce((sum, [, count]) => sum + count, 0)).to.equal(5 * requests.length);
  });

  it('marks a worker missing that has not reported for 3 s', async () => {
    const reported = (sampleAtMs: number) => worker({ id: 1, slot: 0, sample: sample(), sampleAtMs });
    current = status([reported(nowMs - 3_000)]);
    expect((await scrape()).get('tidegate_worker_missing{worker="0"}')).to.equal(0);
    current = status([reported(nowMs - 3_001)]);
    expect((await scrape()).get('tidegate_worker_missing{worker="0"}')).to.equal(1);
    current = status([worker({ id: 1, slot: 0, phase: 'draining', sample: sample(), sampleAtMs: nowMs - 9_000 })]);
    expect((await scrape()).get('tidegate_worker_missing{worker="0"}')).to.equal(0);
  });

  it('has the latencies of each route class where there are some', async () => {
    const routes = [
      ['api', latencies(10, 10, 600), 620],
      ['other', latencies(1), 1],
    ] as const;
    current = status([worker({ id: 1, slot: 0, sample: sample({ totals: totals({ routes }) }) })]);
    await scrape();
    current = status([worker({ id: 2, slot: 0, sample: sample({ totals: totals({ routes: [routes[1]] }) }) })]);
    const page = await scrape();
    const name = 'tidegate_http_route_duration_seconds';
    expect(page.get(`${name}_bucket{route_class="api",le="0.01"}`)).to.equal(2);
    expect(page.get(`${name}_bucket{route_class="api",le="+Inf"}`)).to.equal(3);
    expect(page.get(`${name}_sum{route_class="api"}`)).to.equal(0.62);
    expect(page.get(`${name}_count{route_class="other"}`), 'a successor adds to it').to.equal(2);
  });

  it('counts errors by type', async () => {
    const requests = [
      ['GET', '2xx', 'other', 9],
      ['GET', '4xx', 'other', 3],
      ['POST', '4xx', 'other', 1],
      ['GET', '5xx', 'other', 2],
    ] as const;
    current = status([worker({ sample: sample({ totals: totals({ requests, requestsAborted: 5 }) }) })], {
      receipts: [receipt({ cut: 6 })],
    });
    const page = await scrape();
    const types = ['client_error', 'server_error', 'aborted', 'worker_exit', 'connection_cut'];
    expect(types.map((type) => page.get(`tidegate_errors_total{type="${type}"}`))).to.deep.equal([4, 2, 5, 0, 6]);
  });
});
