/** GET /api/v1/admin/fleet-stats; GET, POST, DELETE /api/v1/admin/servers[/:id]. */
import { disabledChange, disabledView } from './disabled.ts';

const fleet = {
  feature: 'fleet',
  tag: 'fleet',
  detail: () => 'This version has no fleet registry: it runs the workers of one machine',
};

export const fleetRoutes = [
  disabledView(fleet, '/api/v1/admin/fleet-stats', 'admin', 'Servers, capacity and load of the fleet'),
  disabledView(fleet, '/api/v1/admin/servers', 'admin', 'The servers of the fleet'),
  disabledChange(fleet, 'POST', '/api/v1/admin/servers', 'admin', 'Registers a server by hand'),
  disabledView(fleet, '/api/v1/admin/servers/:id', 'admin', 'One server of the fleet'),
  disabledChange(fleet, 'DELETE', '/api/v1/admin/servers/:id', 'admin', 'Removes a server'),
];
