import { get } from 'node:http';

/** Asks once, over a connection of its own: the status of a complete answer, else what went wrong. */
export function answerOf(url: string): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.once('error', (error) => resolve(error.message));
      response.once('end', () => resolve(response.statusCode ?? 0)).resume();
    });
    request.once('error', (error) => resolve(error.message));
  });
}
