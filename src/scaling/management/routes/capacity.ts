/** GET /api/v1/capacity. */
import { askFleet } from '../fleet-problem.ts';
import { route } from '../route.ts';
import { DISABLED_VIEW, type DisabledFeature, disabledAnswer } from './disabled.ts';

const capacity: DisabledFeature = {
  feature: 'capacity',
  tag: 'capacity',
  detail: () => 'This runtime has no capacity limits: no slots are counted',
};

export const capacityRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/capacity',
    access: 'viewer',
    tag: capacity.tag,
    summary: 'Slots in use, in all and available; bandwidth utilization',
    answers: {
      200: `hasCapacity, activeSlots, totalCapacity, availableSlots, utilizationPercent, serverCount, bandwidthUtilization (0..1) and code (NO_CAPACITY, CAPACITY_UNKNOWN or null); null is unknown; ${DISABLED_VIEW}`,
      503: 'The code of the shared state: it does not answer',
    },
    handle: async ({ services }) => {
      const control = services.capacity;
      if (control === undefined) return disabledAnswer(capacity, services);
      return { body: await askFleet(() => control.getCapacity()) };
    },
  }),
];
