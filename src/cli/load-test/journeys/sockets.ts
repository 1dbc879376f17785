import { setTimeout as delay } from 'node:timers/promises';
import type { Journey } from '../journey.ts';
import type { LoadSocket } from '../load-socket.ts';

/** Opens a WebSocket for each user and keeps it: how many the target holds. */
export const sockets: Journey = {
  name: 'sockets',
  description: 'a WebSocket (--path) for each user, kept open to the end',
  async begin(user) {
    user.memory.socket = await user.openSocket('open', user.path);
  },
  async run(user) {
    const socket = user.memory.socket as LoadSocket | undefined;
    if (socket?.isOpen !== true) user.memory.socket = await user.openSocket('open again', user.path);
    // Rounds only look whether it is still there; a second apart is enough.
    await delay(1_000);
  },
};
