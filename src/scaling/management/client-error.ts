/** Answers to what never became a request: broken heads, heads too large or too slow. */
import type { Socket } from 'node:net';
import { ProblemError, problemBody } from './problem.ts';

/** What the HTTP parser's error is to the client, or undefined when there is nobody left to tell. */
function clientProblem(error: NodeJS.ErrnoException): ProblemError | undefined {
  switch (error.code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined;
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError(431, 'HEADERS_TOO_LARGE', 'The request head is larger than 16 KB');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new ProblemError(413, 'BODY_TOO_LARGE', 'The chunk extensions of the body are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError(408, 'REQUEST_TIMEOUT', 'The request took too long to arrive');
    default:
      return new ProblemError(400, 'BAD_REQUEST', 'This is not a valid HTTP request');
  }
}

/**
 * Answers and closes. A socket on which a response is under way is closed without a word:
 * the answer would land in the middle of that response.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, responseUnderWay: boolean): void {
  const problem = clientProblem(error);
  if (problem === undefined || !socket.writable || responseUnderWay) {
    socket.destroy();
    return;
  }
  const body = `${JSON.stringify(problemBody(problem))}\n`;
  socket.end(
    `HTTP/1.1 ${problem.status} ${problemBody(problem).title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
