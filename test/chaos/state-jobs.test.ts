import { describeKilledWorkers } from '../integration/state/jobs-killing-suite.ts';

describeKilledWorkers({
  title: 'a thousand jobs whose workers are killed',
  orders: { jobs: 1_000, urgent: 100, workers: 4, seed: 20, pauseMs: [300, 900], timeoutMs: 120_000 },
  redisPauseMs: [300, 900],
  onCluster: true,
  limitMs: 180_000,
});
