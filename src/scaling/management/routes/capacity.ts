/** GET /api/v1/capacity. */
import { disabledView } from './disabled.ts';

const capacity = {
  feature: 'capacity',
  tag: 'capacity',
  detail: () => 'This version has no capacity limits: no slots are counted',
};

export const capacityRoutes = [
  disabledView(capacity, '/api/v1/capacity', 'viewer', 'Slots in use, in all and available; bandwidth utilization'),
];
