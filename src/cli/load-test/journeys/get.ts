import type { Journey } from '../journey.ts';

/** One request: `GET` of the path. */
export const get: Journey = {
  name: 'get',
  description: 'GET of --path',
  async run(user) {
    await user.request('GET', { path: user.path });
  },
};
