import { type MetricDefinition, single } from './family.ts';

const LOAD_PERIODS = ['1m', '5m', '15m'] as const;

export const host: readonly MetricDefinition[] = [
  gauge(
    'tidegate_host_cpu_cores',
    'Cores this runtime may use: those of the machine, or the quota of its cgroup.',
    (from) => single(from.machine?.cores),
  ),
  gauge(
    'tidegate_host_cpu_utilization_ratio',
    'Utilization of those cores or of the quota, the higher, 0 to 1.',
    (from) => single(from.machine?.cpuUtilization),
  ),
  gauge('tidegate_host_memory_size_bytes', 'Memory of the machine, or the limit of its cgroup.', (from) =>
    single(from.machine?.totalMemoryBytes),
  ),
  gauge(
    'tidegate_host_memory_available_bytes',
    'Memory that can still be used without swapping or reaching the limit.',
    (from) => single(from.machine?.availableMemoryBytes),
  ),
  {
    ...gauge('tidegate_host_load_average', 'Runnable processes, averaged over a period.', ({ machine }) =>
      (machine?.loadAverage ?? []).map((value, index) => ({
        labels: { period: LOAD_PERIODS[index] as string },
        value,
      })),
    ),
    labels: ['period'],
  },
  {
    ...counter(
      'tidegate_host_network_receive_bytes_total',
      'Bytes received on the interface of the default route.',
      ({ devices }) =>
        devices.network === null
          ? []
          : [{ labels: { interface: devices.network.interface }, value: devices.network.receivedBytes }],
    ),
    labels: ['interface'],
  },
  {
    ...counter(
      'tidegate_host_network_transmit_bytes_total',
      'Bytes sent on the interface of the default route.',
      ({ devices }) =>
        devices.network === null
          ? []
          : [{ labels: { interface: devices.network.interface }, value: devices.network.transmittedBytes }],
    ),
    labels: ['interface'],
  },
  gauge('tidegate_host_disk_size_bytes', 'Size of the file system that holds the working directory.', ({ devices }) =>
    single(devices.disk?.sizeBytes),
  ),
  gauge(
    'tidegate_host_disk_available_bytes',
    'Room left on the file system that holds the working directory.',
    ({ devices }) => single(devices.disk?.availableBytes),
  ),
  counter('tidegate_host_disk_read_bytes_total', 'Bytes read from the disks of the machine.', ({ devices }) =>
    single(devices.diskTraffic?.readBytes),
  ),
  counter('tidegate_host_disk_written_bytes_total', 'Bytes written to the disks of the machine.', ({ devices }) =>
    single(devices.diskTraffic?.writtenBytes),
  ),
];

type Read = MetricDefinition['read'];

function gauge(name: string, help: string, read: Read): MetricDefinition {
  return { name, help, type: 'gauge', labels: [], merge: 'of the machine', read };
}

function counter(name: string, help: string, read: Read): MetricDefinition {
  return { ...gauge(name, help, read), type: 'counter' };
}
