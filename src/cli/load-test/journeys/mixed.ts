import type { Journey } from '../journey.ts';
import { chat } from './chat.ts';
import { leases } from './leases.ts';

/** Of ten users three chat, two lease, and the others read: cheap pages, the health, and something that computes. */
export const mixed: Journey = {
  name: 'mixed',
  description: 'reference app: of ten users three chat, two lease, five read pages and compute',
  async begin(user) {
    await partOf(user.number).begin?.(user);
  },
  async run(user) {
    await partOf(user.number).run(user);
  },
};

const reading: Journey = {
  name: 'reading',
  async run(user) {
    await user.request('page', { path: '/' });
    await user.think();
    await user.request('health', { path: '/health' });
    await user.think();
    await user.request('compute', { path: '/api/cpu?ms=5' });
  },
};

function partOf(number: number): Journey {
  const place = number % 10;
  if (place < 3) return chat;
  return place < 5 ? leases : reading;
}
