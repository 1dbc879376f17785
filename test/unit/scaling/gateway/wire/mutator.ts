import type { SeededRandom } from '../../../../helpers/seeded-random.ts';

const REQUESTS: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /a?b=c HTTP/1.1\r\nHost: example.com:80\r\nAccept: */*\r\nCookie: a=b; c=d\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
  'POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n',
  'PUT /t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n',
  'DELETE /d HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close, x-y\r\n\r\n',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET http://h.example/abs?q HTTP/1.1\r\nHost: y\r\n\r\n',
  'HEAD /h HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nX-Tab:\ta\t\r\nX-Latin: \xe9\r\n\r\n',
];

const RESPONSES: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a="b c"\r\n!\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 7\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
  'HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok',
  'HTTP/1.1 404 \r\nContent-Length: 0\r\nKeep-Alive: timeout=5\r\n\r\n',
];

const TOKENS: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\n\n',
  '\0',
  ' ',
  '\t',
  '\x0b',
  '\x7f',
  '\x80',
  ':',
  ';',
  ',',
  '"',
  '0',
  '00',
  '1',
  'f',
  '-',
  '+',
  '0x',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 5, 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Host: y\r\n',
  'Connection: close\r\n',
  'Connection: Content-Length\r\n',
  ' folded\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  'HTTP/1.0',
  'HTTP/1.1',
  'HTTP/2.0',
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  '#',
  '\\',
  '^',
  '{',
  '|',
  '%00',
  '[::1]',
];

/** A stream of one to three messages with zero to four faults in it. */
export function mutated(kind: 'request' | 'response', random: SeededRandom): Buffer {
  const corpus = kind === 'request' ? REQUESTS : RESPONSES;
  let text = '';
  for (let count = random.integer(1, 3); count > 0; count--) text += random.pick(corpus);
  for (let faults = random.integer(0, 4); faults > 0; faults--) text = withFault(text, random);
  return Buffer.from(text, 'latin1');
}

/** The same bytes in one to six pieces. */
export function inPieces(bytes: Buffer, random: SeededRandom): Buffer[] {
  const cuts = Array.from({ length: random.integer(0, 5) }, () => random.integer(0, bytes.length)).sort(
    (a, b) => a - b,
  );
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (cut > from) pieces.push(bytes.subarray(from, cut));
    from = cut;
  }
  return pieces;
}

function withFault(text: string, random: SeededRandom): string {
  const at = random.integer(0, text.length);
  switch (random.integer(0, 6)) {
    case 0: // another octet
      return text.slice(0, at) + String.fromCharCode(random.integer(0, 255)) + text.slice(at + 1);
    case 1: // one bit
      return (
        text.slice(0, at) +
        String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << random.integer(0, 7))) +
        text.slice(at + 1)
      );
    case 2: // something that means something
      return text.slice(0, at) + random.pick(TOKENS) + text.slice(at);
    case 3: // a piece less
      return text.slice(0, at) + text.slice(at + random.integer(1, 8));
    case 4: // a piece twice
      return text.slice(0, at) + text.slice(at, at + random.integer(1, 40)) + text.slice(at);
    case 5: {
      // something that means something, where a line begins
      const lines = [...text.matchAll(/\r\n/g)].map((match) => match.index + 2);
      const where = lines.length === 0 ? 0 : random.pick(lines);
      return text.slice(0, where) + random.pick(TOKENS) + text.slice(where);
    }
    default: // cut off
      return text.slice(0, at);
  }
}
