import { fileURLToPath } from 'node:url';
import { outputOf } from '../running.ts';
import { CONNECTIONS, type Load, type LoadResult } from './load.ts';

const PROGRAM = fileURLToPath(new URL('websocket-client.js', import.meta.url));

/** WebSocket echo: on each connection the next message goes out when the last has come back. */
export const webSocketEcho: Load = {
  generator: 'websocket-client of this benchmark',
  run: async (port, seconds) => {
    const args = [String(port), String(CONNECTIONS), String(seconds)];
    return JSON.parse(await outputOf([process.execPath, PROGRAM, ...args])) as LoadResult;
  },
};
