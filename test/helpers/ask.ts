/** One request with all that can be said in it, and its whole answer. */
import { type Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';

const REQUEST_TIMEOUT_MS = 20_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface AskOptions {
  readonly agent?: HttpAgent | HttpsAgent;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request, whole; certificates are not checked: those of tests are signed by themselves. */
export function ask(url: string, { agent, method = 'GET', headers = {}, body }: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const options = { method, headers, agent: agent ?? false, timeout: REQUEST_TIMEOUT_MS, rejectUnauthorized: false };
    const request = send(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => {
        if (!response.complete) reject(new Error('the answer was cut'));
        else resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)));
    request.once('error', reject);
    request.end(body);
  });
}
