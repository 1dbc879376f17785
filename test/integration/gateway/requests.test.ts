import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { OK, RawUpstream, startGateway } from './raw-upstream.ts';

const CLOSE = 'Connection: close';

/** What the upstream gets to see of a request: all of these, none of those. */
interface Passing {
  readonly name: string;
  /** Lines of the head, without the empty one; `Host: example` and `Connection: close` are added. */
  readonly lines: readonly string[];
  readonly body?: string;
  readonly sees?: readonly (string | RegExp)[];
  readonly not?: readonly (string | RegExp)[];
  readonly bare?: boolean;
}

const HOP_BY_HOP = [
  'Keep-Alive: timeout=5',
  'Proxy-Connection: keep-alive',
  'Proxy-Authenticate: Basic',
  'Proxy-Authorization: Basic abc',
  'Trailer: X-Sum',
  'TE: gzip',
  'Upgrade: websocket',
  'HTTP2-Settings: AAMAAABk',
];

const passing: Passing[] = [
  ...[
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'PROPFIND',
    'M-SEARCH',
    'PURGE',
    'REPORT',
  ].map(
    (method): Passing => ({
      name: `${method} keeps its name`,
      lines: [`${method} /m HTTP/1.1`],
      sees: [`${method} /m HTTP/1.1\r\n`],
    }),
  ),
  ...[
    '/',
    '/a/b?c=d',
    '/?',
    '/%20%ff',
    '//double',
    '/a;b=c',
    '/[x]',
    '/a|b',
    '/~user',
    '/a:b@c',
    '/..%2f..',
    "/it's",
  ].map(
    (target): Passing => ({
      name: `the target ${target} is passed as it is`,
      lines: [`GET ${target} HTTP/1.1`],
      sees: [`GET ${target} HTTP/1.1\r\n`],
    }),
  ),
  {
    name: 'an absolute target becomes a path, its authority the Host',
    lines: ['GET http://other.example:81/p?q HTTP/1.1'],
    sees: ['GET /p?q HTTP/1.1\r\nHost: other.example:81\r\n'],
    not: ['Host: example'],
  },
  {
    name: 'an absolute target without a path is /',
    lines: ['GET http://other.example HTTP/1.1'],
    sees: ['GET / HTTP/1.1\r\n'],
  },
  {
    name: 'an absolute target with a query only gets its slash',
    lines: ['GET http://other.example?x HTTP/1.1'],
    sees: ['GET /?x HTTP/1.1\r\n'],
  },
  {
    name: 'an https target is taken as well',
    lines: ['GET HTTPS://other.example/ HTTP/1.1'],
    sees: ['Host: other.example\r\n'],
  },
  { name: 'OPTIONS * stays', lines: ['OPTIONS * HTTP/1.1'], sees: ['OPTIONS * HTTP/1.1\r\n'] },
  {
    name: 'OPTIONS of an absolute target without a path is *',
    lines: ['OPTIONS http://other.example HTTP/1.1'],
    sees: ['OPTIONS * HTTP/1.1\r\n'],
  },
  {
    name: 'an empty Host is passed empty',
    lines: ['GET / HTTP/1.1', 'Host:', CLOSE],
    sees: ['Host: \r\n'],
    bare: true,
  },
  {
    name: 'an IPv6 Host is passed',
    lines: ['GET / HTTP/1.1', 'Host: [::1]:80', CLOSE],
    sees: ['Host: [::1]:80\r\n'],
    bare: true,
  },
  {
    name: 'HTTP/1.0 without Host goes on as HTTP/1.1 with an empty one',
    lines: ['GET / HTTP/1.0'],
    sees: ['GET / HTTP/1.1\r\nHost: \r\n'],
    bare: true,
  },
  {
    name: 'HTTP/1.0 keeps its Host',
    lines: ['GET / HTTP/1.0', 'Host: old'],
    sees: ['Host: old\r\n', 'Via: 1.0 tidegate\r\n'],
    bare: true,
  },
  {
    name: 'fields keep their order and their case',
    lines: ['GET / HTTP/1.1', 'X-b: 1', 'x-A: 2', 'X-C: 3'],
    sees: ['X-b: 1\r\nx-A: 2\r\nX-C: 3\r\n'],
  },
  {
    name: 'a field that stands twice stays twice',
    lines: ['GET / HTTP/1.1', 'X-A: 1', 'X-A: 2'],
    sees: ['X-A: 1\r\nX-A: 2\r\n'],
  },
  { name: 'spaces around a value are made one', lines: ['GET / HTTP/1.1', 'X-A: \t v w \t'], sees: ['X-A: v w\r\n'] },
  { name: 'a value without a space before it gets one', lines: ['GET / HTTP/1.1', 'X-A:v'], sees: ['X-A: v\r\n'] },
  { name: 'an empty value stays', lines: ['GET / HTTP/1.1', 'X-A:'], sees: ['X-A: \r\n'] },
  { name: 'Latin-1 in a value stays', lines: ['GET / HTTP/1.1', 'X-A: \xe9\xff'], sees: ['X-A: \xe9\xff\r\n'] },
  { name: 'a tab within a value stays', lines: ['GET / HTTP/1.1', 'X-A: a\tb'], sees: ['X-A: a\tb\r\n'] },
  {
    name: 'Cookie and Authorization are passed',
    lines: ['GET / HTTP/1.1', 'Cookie: a=b', 'Authorization: Bearer x'],
    sees: ['Cookie: a=b\r\nAuthorization: Bearer x\r\n'],
  },
  ...HOP_BY_HOP.map(
    (line): Passing => ({
      name: `the hop-by-hop ${line} is dropped`,
      lines: ['GET / HTTP/1.1', 'X-Before: 1', line, 'X-After: 2'],
      sees: ['X-Before: 1\r\nX-After: 2\r\n'],
      not: [new RegExp(`^${line.split(':')[0]}:`, 'im')],
    }),
  ),
  { name: 'Connection itself is dropped', lines: ['GET / HTTP/1.1'], not: [/^connection:/im] },
  {
    name: 'a nominated field is dropped',
    lines: ['GET / HTTP/1.1', 'Connection: close, X-Secret', 'X-Secret: 1', 'X-Open: 2'],
    sees: ['X-Open: 2'],
    not: [/x-secret/i],
  },
  {
    name: 'a field nominated after it stood is dropped',
    lines: ['GET / HTTP/1.1', 'X-Secret: 1', 'Connection: x-secret'],
    not: [/x-secret/i],
  },
  {
    name: 'nominations in several fields count together',
    lines: ['GET / HTTP/1.1', 'A: 1', 'B: 2', 'Connection: a', 'Connection: b'],
    not: [/^[AB]:/im],
  },
  { name: 'nominating Host does nothing', lines: ['GET / HTTP/1.1', 'Connection: host'], sees: ['Host: example\r\n'] },
  {
    name: 'nominating Content-Length does nothing',
    lines: ['POST / HTTP/1.1', 'Connection: content-length', 'Content-Length: 2'],
    body: 'hi',
    sees: ['Content-Length: 2\r\n'],
  },
  {
    name: 'nominating Transfer-Encoding does nothing',
    lines: ['POST / HTTP/1.1', 'Connection: transfer-encoding', 'Transfer-Encoding: chunked'],
    body: '0\r\n\r\n',
    sees: ['Transfer-Encoding: chunked\r\n'],
  },
  {
    name: 'nominating X-Forwarded-For does not take ours away',
    lines: ['GET / HTTP/1.1', 'Connection: X-Forwarded-For', 'X-Forwarded-For: 6.6.6.6'],
    sees: ['X-Forwarded-For: 127.0.0.1\r\n'],
    not: ['6.6.6.6'],
  },
  {
    name: 'TE: trailers is passed, nominated',
    lines: ['GET / HTTP/1.1', 'TE: trailers, deflate'],
    sees: ['Connection: TE\r\nTE: trailers\r\n'],
    not: ['deflate'],
  },
  {
    name: 'a client cannot say who it is',
    lines: [
      'GET / HTTP/1.1',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil',
      'Forwarded: for=6.6.6.6',
    ],
    sees: [
      'X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: example\r\nForwarded: for=127.0.0.1;host="example";proto=http\r\n',
    ],
    not: ['6.6.6.6', 'evil', 'https'],
  },
  {
    name: 'nor with underscores',
    lines: ['GET / HTTP/1.1', 'X_Forwarded_For: 6.6.6.6', 'X-Forwarded_For: 6.6.6.7'],
    not: ['6.6.6'],
  },
  {
    name: 'nor in the field of our own',
    lines: ['GET / HTTP/1.1', 'X-Tidegate-Client: 6.6.6.6 1 http 1 x', 'x_tidegate_client: 6.6.6.6'],
    not: ['6.6.6.6'],
  },
  { name: 'Via is added', lines: ['GET / HTTP/1.1'], sees: ['Via: 1.1 tidegate\r\n'] },
  {
    name: 'Via is added to what is there',
    lines: ['GET / HTTP/1.1', 'Via: 1.0 fred', 'Via: 1.1 joe'],
    sees: ['Via: 1.0 fred, 1.1 joe, 1.1 tidegate\r\n'],
  },
  {
    name: 'a body with a length',
    lines: ['POST / HTTP/1.1', 'Content-Length: 5'],
    body: 'hello',
    sees: ['Content-Length: 5\r\n', /hello$/],
    not: ['Transfer'],
  },
  {
    name: 'a length with leading zeros is written canonically',
    lines: ['POST / HTTP/1.1', 'Content-Length: 005'],
    body: 'hello',
    sees: ['Content-Length: 5\r\n'],
  },
  { name: 'a length of 0 is passed', lines: ['POST / HTTP/1.1', 'Content-Length: 0'], sees: ['Content-Length: 0\r\n'] },
  { name: 'a GET with a body keeps it', lines: ['GET / HTTP/1.1', 'Content-Length: 3'], body: 'abc', sees: [/abc$/] },
  {
    name: 'a DELETE with chunks keeps them framed',
    lines: ['DELETE / HTTP/1.1', 'Transfer-Encoding: chunked'],
    body: '3\r\nabc\r\n0\r\n\r\n',
    sees: ['Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'],
  },
  {
    name: 'an OPTIONS with chunks keeps them framed',
    lines: ['OPTIONS / HTTP/1.1', 'Transfer-Encoding: chunked'],
    body: '3\r\nabc\r\n0\r\n\r\n',
    sees: ['3\r\nabc\r\n0\r\n\r\n'],
  },
  {
    name: 'CHUNKED in capitals is understood',
    lines: ['POST / HTTP/1.1', 'Transfer-Encoding: CHUNKED'],
    body: '0\r\n\r\n',
    sees: ['Transfer-Encoding: chunked\r\n'],
  },
  {
    name: 'a chunk extension is dropped',
    lines: ['POST / HTTP/1.1', 'Transfer-Encoding: chunked'],
    body: '3;a=b;c="d e"\r\nabc\r\n0\r\n\r\n',
    sees: [/\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/],
  },
  {
    name: 'leading zeros of a chunk size are dropped',
    lines: ['POST / HTTP/1.1', 'Transfer-Encoding: chunked'],
    body: '0003\r\nabc\r\n000\r\n\r\n',
    sees: [/\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/],
  },
  {
    name: 'trailers are passed',
    lines: ['POST / HTTP/1.1', 'Transfer-Encoding: chunked'],
    body: '3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n',
    sees: ['0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n'],
  },
  ...[
    'Host: evil',
    'Authorization: x',
    'Cookie: a=b',
    'X-Forwarded-For: 6.6.6.6',
    'X-Tidegate-Client: x',
    'Set-Cookie: a',
    'Content-Type: x',
  ].map(
    (line): Passing => ({
      name: `the trailer ${line} is dropped`,
      lines: ['POST / HTTP/1.1', 'Transfer-Encoding: chunked'],
      body: `3\r\nabc\r\n0\r\nX-Ok: 1\r\n${line}\r\n\r\n`,
      sees: [/0\r\nX-Ok: 1\r\n\r\n$/],
    }),
  ),
  {
    name: 'h2c is not asked for',
    lines: ['GET / HTTP/1.1', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
    not: [/upgrade/i, /http2/i],
  },
  {
    name: 'an upgrade without its Connection option is dropped',
    lines: ['GET / HTTP/1.1', 'Upgrade: websocket'],
    not: [/upgrade/i],
  },
  {
    name: 'an upgrade with a body is dropped, the body stays',
    lines: ['POST / HTTP/1.1', 'Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 2'],
    body: 'hi',
    sees: [/hi$/],
    not: [/upgrade/i],
  },
  {
    name: 'Expect: 100-continue is passed with a body',
    lines: ['POST / HTTP/1.1', 'Expect: 100-Continue', 'Content-Length: 2'],
    body: 'hi',
    sees: ['Expect: 100-continue\r\n'],
  },
  { name: 'Expect without a body is dropped', lines: ['GET / HTTP/1.1', 'Expect: 100-continue'], not: [/expect/i] },
  { name: 'an empty line before the request is skipped', lines: ['\r\nGET /second HTTP/1.1'], sees: [/^GET \/second/] },
];

describe('Gateway: what an upstream sees of a request', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let port: number;

  before(async () => {
    upstream = await RawUpstream.start((request) => (request.head.startsWith('HEAD') ? OK.slice(0, -2) : OK));
    ({ balancer, port } = await startGateway({}, upstream));
  });

  after(async () => {
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  for (const { name, lines, body = '', sees = [], not = [], bare = false } of passing) {
    it(name, async () => {
      upstream.forget();
      const client = await RawConnection.open(port);
      const host = bare || lines.some((line) => /^host:/i.test(line)) ? [] : ['Host: example'];
      const connection = bare || lines.some((line) => /^connection:/i.test(line)) ? [] : [CLOSE];
      client.socket.write(`${[...lines, ...host, ...connection, '', ''].join('\r\n')}${body}`, 'latin1');
      await client.until(/^HTTP\/1\.1 200 OK\r\n/);
      client.close();
      expect(upstream.requests).to.have.length(1);
      for (const each of sees)
        expect(upstream.received).to.match(typeof each === 'string' ? new RegExp(escaped(each)) : each);
      for (const each of not)
        expect(upstream.received).to.not.match(typeof each === 'string' ? new RegExp(escaped(each)) : each);
    });
  }
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
