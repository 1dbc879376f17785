import type { Journey } from '../journey.ts';

const HEARTBEATS = 3;

/** The reference app's capacity leases: log in once; create, connect, heartbeat, look at the health, disconnect. */
export const leases: Journey = {
  name: 'leases',
  description: 'reference app: log in → create a lease → connect → heartbeats → health → disconnect',
  async begin(user) {
    const body = { name: `load-${process.pid}-${user.number}`, password: 'load-test' };
    await user.request('log in', { method: 'POST', path: '/api/login', body });
  },
  async run(user) {
    const created = await user.request('create', { method: 'POST', path: '/api/leases', body: {}, expect: [201] });
    const { id } = created.json<{ id: string }>();
    const act = (action: string) => user.request(action, { method: 'POST', path: `/api/leases/${id}/${action}` });
    await act('connect');
    for (let beat = 0; beat < HEARTBEATS; beat += 1) {
      await user.think();
      await act('heartbeat');
    }
    await user.request('health', { path: '/health' });
    await act('disconnect');
  },
};
