import { perRequest } from '../helpers/load-clients.ts';
import { ACCEPT_MODES } from '../helpers/zero-loss.ts';
import { describeZeroLoss } from '../helpers/zero-loss-scenarios.ts';

for (const { mode, algorithm } of ACCEPT_MODES) {
  describeZeroLoss({
    title: `a connection for each request of 16 clients under ${mode}`,
    algorithm,
    clients: () => perRequest({ clients: 16 }),
  });
}
