import { keepAlive } from '../helpers/load-clients.ts';
import { ACCEPT_MODES } from '../helpers/zero-loss.ts';
import { describeZeroLoss } from '../helpers/zero-loss-scenarios.ts';

for (const { mode, algorithm } of ACCEPT_MODES) {
  describeZeroLoss({
    title: `32 keep-alive connections under ${mode}`,
    algorithm,
    clients: () => keepAlive({ connections: 32 }),
  });
}
