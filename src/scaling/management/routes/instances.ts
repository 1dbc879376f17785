/** POST /api/v1/instances, …/:id/{connect,heartbeat,disconnect}; GET …/:id. */
import { disabledChange, disabledView } from './disabled.ts';

const leases = {
  feature: 'instances',
  tag: 'instances',
  detail: () => 'This version has no capacity leases: none can be created or kept',
};

export const instanceRoutes = [
  disabledChange(leases, 'POST', '/api/v1/instances', 'token', 'Creates a capacity lease'),
  disabledChange(leases, 'POST', '/api/v1/instances/:id/connect', 'token', 'A lease comes into use'),
  disabledChange(leases, 'POST', '/api/v1/instances/:id/heartbeat', 'token', 'A lease stays in use'),
  disabledChange(leases, 'POST', '/api/v1/instances/:id/disconnect', 'token', 'A lease ends'),
  disabledView(leases, '/api/v1/instances/:id', 'token', 'A lease and its status history'),
];
