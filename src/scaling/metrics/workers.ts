import type { WorkerPhase } from '../../ipc/status.ts';
import { SILENT_AFTER_MS } from '../metrics-collector.ts';
import type { MetricDefinition } from './family.ts';
import { perSlot, processesBySlot } from './slot-figures.ts';

const LIVING_PHASES: readonly WorkerPhase[] = ['starting', 'ready', 'draining', 'stopping'];

export const workers: readonly MetricDefinition[] = [
  {
    name: 'tidegate_worker_cpu_utilization',
    help: 'CPU time per wall time; 1 is one core.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'sum over the processes of the slot',
    read: ({ status, processFigures }) =>
      perSlot(status, 'sum', (sample, { pid }) => (pid === null ? undefined : processFigures(pid)?.cpu) ?? sample?.cpu),
  },
  {
    name: 'tidegate_worker_elu',
    help: 'Event-loop utilization, 0 to 1.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'highest of the processes of the slot',
    read: ({ status }) => perSlot(status, 'max', (sample) => sample?.elu),
  },
  {
    name: 'tidegate_worker_run_delay_ratio',
    help: 'Share of time it could have run but had no core, 0 to 1; absent where the kernel does not tell.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'highest of the processes of the slot',
    read: ({ status }) => perSlot(status, 'max', (sample) => sample?.runDelay),
  },
  {
    name: 'tidegate_worker_rss_bytes',
    help: 'Resident memory.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'sum over the processes of the slot',
    read: ({ status, processFigures }) =>
      perSlot(
        status,
        'sum',
        (sample, { pid }) => (pid === null ? undefined : processFigures(pid)?.rssBytes) ?? sample?.rssBytes,
      ),
  },
  {
    name: 'tidegate_worker_heap_used_bytes',
    help: 'JavaScript heap in use.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'sum over the processes of the slot',
    read: ({ status }) => perSlot(status, 'sum', (sample) => sample?.heapUsedBytes),
  },
  {
    name: 'tidegate_worker_loop_delay_seconds',
    help: 'Event-loop delay, 99th percentile of the last second.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'highest of the processes of the slot',
    read: ({ status }) => perSlot(status, 'max', (sample) => (sample === null ? null : sample.loopDelayP99Ms / 1000)),
  },
  {
    name: 'tidegate_worker_sample_age_seconds',
    help: 'Time since the latest report of its agent.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'highest of the processes of the slot',
    read: ({ status, nowMs }) =>
      perSlot(status, 'max', (_, { sampleAtMs }) =>
        sampleAtMs === null ? null : Math.max(0, (nowMs - sampleAtMs) / 1000),
      ),
  },
  {
    name: 'tidegate_worker_missing',
    help: '1 while a ready process of the slot has not reported for 3 s: it hangs, or has no time.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'highest of the processes of the slot',
    read: ({ status, nowMs }) =>
      perSlot(status, 'max', (_, { phase, sampleAtMs, readyAtMs }) =>
        phase === 'ready' && nowMs - (sampleAtMs ?? readyAtMs ?? nowMs) > SILENT_AFTER_MS ? 1 : 0,
      ),
  },
  {
    name: 'tidegate_worker_state',
    help: 'Processes of the slot in this state; a replacement has two of them at a time.',
    type: 'gauge',
    labels: ['worker', 'state'],
    merge: 'count of the processes of the slot',
    read: ({ status }) =>
      [...processesBySlot(status)].flatMap(([slot, processes]) =>
        LIVING_PHASES.map((state) => ({
          labels: { worker: slot, state },
          value: processes.filter(({ phase }) => phase === state).length,
        })),
      ),
  },
  {
    name: 'tidegate_worker_restarts_total',
    help: 'Times a process of the slot ended by itself and was replaced.',
    type: 'counter',
    labels: ['worker'],
    merge: 'sum over the life of the slot, its absences included',
    read: ({ restarts }) => restarts.totals().map(([slot, value]) => ({ labels: { worker: slot }, value })),
  },
];
