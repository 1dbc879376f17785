import { describeKilledWorkers } from './jobs-killing-suite.ts';

describeKilledWorkers({
  title: 'jobs whose workers are killed',
  orders: { jobs: 200, urgent: 20, workers: 3, seed: 7, pauseMs: [60, 200], timeoutMs: 25_000 },
  redisPauseMs: [200, 600],
  onCluster: false,
  limitMs: 40_000,
});
