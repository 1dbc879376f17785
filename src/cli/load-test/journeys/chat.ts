import type { Journey } from '../journey.ts';
import type { LoadSocket } from '../load-socket.ts';

/** The reference app's WebSocket `/ws`: one socket for each user, on which it says something and hears it back. */
export const chat: Journey = {
  name: 'chat',
  description: 'reference app: a WebSocket (/ws) for each user, echoed messages on it',
  async begin(user) {
    user.memory.socket = await user.openSocket('open', '/ws');
  },
  async run(user) {
    let socket = user.memory.socket as LoadSocket | undefined;
    if (socket?.isOpen !== true) {
      socket = await user.openSocket('open again', '/ws');
      user.memory.socket = socket;
    }
    const said = `${user.number}-${performance.now()}`;
    const { receive, send } = { receive: socket.receive.bind(socket), send: socket.send.bind(socket) };
    await user.step('echo', async () => {
      const heard = receive(({ type, data }) => type === 'echo' && data === said);
      send({ type: 'echo', data: said });
      await heard;
    });
  },
};
