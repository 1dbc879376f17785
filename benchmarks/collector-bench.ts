/**
 * `node dist/benchmarks/collector-bench.js`: what one round of scaling costs the primary with 16 workers that report, all busy, so that the
 * accept queue is looked at as well: the collector's observation, the decision, its line in a recording. The goal is 5 ms of CPU at most.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LATENCY_BUCKET_COUNT } from '../src/ipc/latency-buckets.ts';
import type { ClusterStatus, TelemetrySample, WorkerStatus } from '../src/ipc/status.ts';
import { AutoScaler } from '../src/scaling/auto-scaler.ts';
import { createPolicy } from '../src/scaling/autoscale/policy.ts';
import { ProcessUsage } from '../src/scaling/machine/process-usage.ts';
import { Machine } from '../src/scaling/machine.ts';
import { MetricsCollector } from '../src/scaling/metrics-collector.ts';
import { RecordingFile } from '../src/scaling/simulate/recording/recording-file.ts';
import { median } from './statistics.ts';

const WORKERS = 16;
const WARM_UP = 30;
const MEASURED = 200;
/** Rounds come one by one, as from a ticker: what they leave to collect is collected between them. */
const PAUSE_MS = 20;
const START_MS = Date.now();

function sampleAt(round: number): TelemetrySample {
  const completed = round * 100;
  return {
    periodMs: 1_000,
    elu: 0.6 + 0.1 * Math.sin(round / 10),
    cpu: 0.5,
    runDelay: 0.02,
    rssBytes: 90_000_000,
    heapUsedBytes: 40_000_000,
    loopDelayP99Ms: 12,
    inFlight: 8,
    connections: 40,
    websockets: 2,
    totals: {
      connectionsAccepted: completed,
      connectionsClosed: completed - 40,
      connectionsMovedIn: 1,
      connectionsMovedOut: 1,
      requestsStarted: completed + 8,
      requestsCompleted: completed,
      requestErrors: 0,
      requestsAborted: 0,
      requests: [
        ['GET', '2xx', 'other', completed],
        ['POST', '2xx', 'other', round],
      ],
      latencyCounts: new Array<number>(LATENCY_BUCKET_COUNT).fill(round * 2),
      latencySumMs: completed * 20,
    },
  };
}

function statusAt(round: number, desired: number): ClusterStatus {
  const nowMs = START_MS + round * 1_000;
  const worker = (id: number): WorkerStatus => ({
    id,
    slot: id - 1,
    pid: process.pid,
    phase: 'ready',
    generation: 1,
    startedAtMs: START_MS - 61_000,
    readyAtMs: START_MS - 60_000,
    restarts: 0,
    balanced: true,
    listening: ['127.0.0.1:3001'],
    sample: sampleAt(round),
    sampleAtMs: nowMs - 300,
    claims: 0,
    ejected: false,
  });
  return {
    name: 'bench',
    script: 'app.js',
    pid: process.pid,
    startedAtMs: START_MS,
    generation: 1,
    desired,
    ready: WORKERS,
    stopping: false,
    addresses: ['127.0.0.1:3001'],
    workers: Array.from({ length: WORKERS }, (_, index) => worker(index + 1)),
    receipts: [],
    reload: null,
    crashLoop: { frozen: false, failedStarts: 0, lastHealthyCount: WORKERS, lastFailure: null },
  };
}

const directory = mkdtempSync(path.join(tmpdir(), 'tgc-'));
const policy = createPolicy([], { min: WORKERS, max: WORKERS });
const recording = new RecordingFile({
  file: path.join(directory, 'run.ndjson'),
  maxBytes: 64_000_000,
  policy,
  onTrouble: (error) => {
    if (error !== null) throw error;
  },
});
let status = statusAt(0, WORKERS);
let nowMs = START_MS;
const collector = new MetricsCollector({
  probe: { status: () => status },
  machine: new Machine(),
  processes: new ProcessUsage(),
  now: () => nowMs,
});
const scaler = new AutoScaler({
  policy,
  desired: WORKERS,
  observe: () => collector.collect(nowMs),
  reconciler: { reconcile: () => {} },
  record: () => {},
  recorder: recording,
  now: () => nowMs,
});
const costsMs: number[] = [];
for (let round = 1; round <= WARM_UP + MEASURED; round += 1) {
  nowMs = START_MS + round * 1_000;
  status = statusAt(round, WORKERS);
  const before = process.cpuUsage();
  await scaler.tick();
  const { user, system } = process.cpuUsage(before);
  if (round > WARM_UP) costsMs.push((user + system) / 1_000);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
await recording.close();
rmSync(directory, { recursive: true });
costsMs.sort((a, b) => a - b);
const p95 = costsMs[Math.floor(0.95 * (costsMs.length - 1))] as number;
process.stdout.write(
  `A round for ${WORKERS} workers: median ${median(costsMs).toFixed(2)} ms of CPU, p95 ${p95.toFixed(2)} ms (goal: 5 ms)\n`,
);
