import { type MetricDefinition, single } from './family.ts';

const merge = 'the primary alone';

export const ownProcess: readonly MetricDefinition[] = [
  {
    name: 'tidegate_process_cpu_seconds_total',
    help: 'CPU time of the primary, user and system.',
    type: 'counter',
    labels: [],
    merge,
    read: ({ own }) => single(own.figures === undefined ? null : own.figures.cpuTimeMs / 1000),
  },
  {
    name: 'tidegate_process_resident_memory_bytes',
    help: 'Resident memory of the primary.',
    type: 'gauge',
    labels: [],
    merge,
    read: ({ own }) => single(own.figures?.rssBytes),
  },
  {
    name: 'tidegate_process_heap_used_bytes',
    help: 'JavaScript heap in use in the primary.',
    type: 'gauge',
    labels: [],
    merge,
    read: ({ own }) => single(own.heapUsedBytes),
  },
  {
    name: 'tidegate_process_elu',
    help: 'Event-loop utilization of the primary since the previous scrape, 0 to 1.',
    type: 'gauge',
    labels: [],
    merge,
    read: ({ own }) => single(own.elu),
  },
  {
    name: 'tidegate_process_start_time_seconds',
    help: 'When the runtime was started, in seconds since the epoch.',
    type: 'gauge',
    labels: [],
    merge,
    read: ({ status }) => single(status.startedAtMs / 1000),
  },
];
