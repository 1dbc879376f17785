import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';

export interface Http2Answer {
  readonly fields: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly interim: readonly IncomingHttpHeaders[];
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly body: string;
  /** With which the stream was closed; 0: in order. */
  readonly code: number;
}

export interface Http2Request {
  readonly fields?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly trailers?: OutgoingHttpHeaders;
}

export function http2Session(port: number): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {}); // each stream has it as well
  return session;
}

/** One request; resolves when its stream is closed, whatever became of it. */
export function askHttp2(
  session: ClientHttp2Session,
  path: string,
  { fields = {}, body, trailers }: Http2Request = {},
): Promise<Http2Answer> {
  const stream = session.request(
    { ':path': path, ...fields },
    { endStream: body === undefined, waitForTrailers: trailers !== undefined },
  );
  const answer = { fields: {}, interim: [] as IncomingHttpHeaders[], trailers: undefined, body: '', code: 0 };
  stream.on('headers', (interim) => answer.interim.push(interim));
  stream.on('response', (response) => Object.assign(answer, { fields: response }));
  stream.on('trailers', (last) => Object.assign(answer, { trailers: last }));
  stream.setEncoding('latin1').on('data', (text: string) => {
    answer.body += text;
  });
  stream.on('error', () => {}); // its code says why
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  if (body !== undefined) stream.end(body);
  return new Promise((resolve) => stream.on('close', () => resolve({ ...answer, code: stream.rstCode })));
}
