import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

interface Relayed {
  readonly name: string;
  /** Said by the upstream; with `ends` it then ends the connection. */
  readonly said: string;
  readonly ends?: boolean;
  readonly method?: string;
  readonly version?: '1.0' | '1.1';
  readonly fields?: readonly string[];
  /** Everything the client hears, or a pattern of it. */
  readonly hears: string | readonly RegExp[];
  readonly not?: readonly RegExp[];
}

const VIA = 'Via: 1.1 tidegate\r\n';
const CLOSE = 'Connection: close\r\n';

const relayed: Relayed[] = [
  {
    name: 'a body with a length',
    said: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    hears: `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${CLOSE}${VIA}\r\nhi`,
  },
  {
    name: 'chunks stay chunks',
    said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    hears: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${CLOSE}${VIA}\r\n2\r\nhi\r\n0\r\n\r\n`,
  },
  {
    name: 'chunk extensions are dropped',
    said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0;z\r\n\r\n',
    hears: [/\r\n\r\n2\r\nhi\r\n0\r\n\r\n$/],
  },
  {
    name: 'trailers are passed',
    said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 5\r\n\r\n',
    hears: [/0\r\nX-Sum: 5\r\n\r\n$/],
  },
  {
    name: 'a Set-Cookie trailer is dropped',
    said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nSet-Cookie: 5\r\n\r\n',
    hears: [/hi\r\n0\r\n\r\n$/],
  },
  {
    name: 'a body until the end becomes chunks',
    said: 'HTTP/1.1 200 OK\r\n\r\nhello',
    ends: true,
    hears: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${CLOSE}${VIA}\r\n5\r\nhello\r\n0\r\n\r\n`,
  },
  {
    name: 'an empty body until the end is one empty chunk',
    said: 'HTTP/1.1 200 OK\r\n\r\n',
    ends: true,
    hears: [/\r\n\r\n0\r\n\r\n$/],
  },
  {
    name: 'to HTTP/1.0 a body until the end stays so',
    version: '1.0',
    said: 'HTTP/1.1 200 OK\r\n\r\nhello',
    ends: true,
    hears: `HTTP/1.1 200 OK\r\n${CLOSE}${VIA}\r\nhello`,
  },
  {
    name: 'to HTTP/1.0 chunks are taken apart',
    version: '1.0',
    said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n',
    hears: `HTTP/1.1 200 OK\r\n${CLOSE}${VIA}\r\nhi!`,
  },
  {
    name: 'to HTTP/1.0 with keep-alive a body with a length leaves the connection open',
    version: '1.0',
    fields: ['Connection: keep-alive'],
    said: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    hears: [/Connection: keep-alive\r\n.*\r\n\r\nhi$/s],
  },
  {
    name: 'to HTTP/1.0 with keep-alive chunks end with the connection',
    version: '1.0',
    fields: ['Connection: keep-alive'],
    said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    hears: [/Connection: close\r\n.*\r\n\r\nhi$/s],
  },
  {
    name: 'an HTTP/1.0 response is passed as HTTP/1.1',
    said: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    hears: [/^HTTP\/1\.1 200 OK\r\n.*Via: 1\.0 tidegate\r\n\r\nhi$/s],
  },
  {
    name: 'an answer to HEAD says its length and has no body',
    method: 'HEAD',
    said: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    hears: `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${CLOSE}${VIA}\r\n`,
  },
  {
    name: 'an answer to HEAD may say that it would be chunked',
    method: 'HEAD',
    said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    hears: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${CLOSE}${VIA}\r\n`,
  },
  {
    name: 'an answer to HEAD without a length',
    method: 'HEAD',
    said: 'HTTP/1.1 200 OK\r\n\r\n',
    hears: `HTTP/1.1 200 OK\r\n${CLOSE}${VIA}\r\n`,
  },
  {
    name: '204 has neither body nor framing',
    said: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n',
    hears: `HTTP/1.1 204 No Content\r\n${CLOSE}${VIA}\r\n`,
  },
  {
    name: '304 keeps its length and has no body',
    said: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n',
    hears: `HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 5\r\n${CLOSE}${VIA}\r\n`,
  },
  {
    name: '304 without a length',
    said: 'HTTP/1.1 304 Not Modified\r\n\r\n',
    hears: `HTTP/1.1 304 Not Modified\r\n${CLOSE}${VIA}\r\n`,
  },
  {
    name: '205 with a length of 0',
    said: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n',
    hears: [/^HTTP\/1\.1 205 Reset Content\r\nContent-Length: 0\r\n/],
  },
  {
    name: 'a reason may be missing',
    said: 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n',
    hears: [/^HTTP\/1\.1 200 \r\n/],
  },
  {
    name: 'a reason may be missing with its space',
    said: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
    hears: [/^HTTP\/1\.1 200 \r\n/],
  },
  {
    name: 'a reason of several words',
    said: "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n",
    hears: [/^HTTP\/1\.1 418 I'm a teapot\r\n/],
  },
  {
    name: '103 comes before the answer',
    said: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    hears: [/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/],
  },
  {
    name: 'several 1xx come before the answer',
    said: 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    hears: [/102 Processing.*103 Early Hints.*200 OK/s],
  },
  {
    name: '103 is kept from HTTP/1.0',
    version: '1.0',
    said: 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    hears: [/^HTTP\/1\.1 200 OK/],
  },
  {
    name: 'a 100 that nobody asked for is dropped',
    said: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    hears: [/^HTTP\/1\.1 200 OK/],
  },
  ...[
    'Keep-Alive: timeout=5',
    'Proxy-Connection: close',
    'Proxy-Authenticate: Basic',
    'Trailer: X',
    'Upgrade: h2',
    'TE: trailers',
    'Proxy-Authorization: x',
  ].map(
    (line): Relayed => ({
      name: `the hop-by-hop ${line} is dropped`,
      said: `HTTP/1.1 200 OK\r\n${line}\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n`,
      hears: [/X-Kept: 1/],
      not: [new RegExp(`^${line.split(':')[0]}:`, 'im')],
    }),
  ),
  {
    name: 'a nominated field is dropped',
    said: 'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\nContent-Length: 0\r\n\r\n',
    hears: [/X-End: 2/],
    not: [/X-Hop/],
  },
  {
    name: 'Via is added to what is there',
    said: 'HTTP/1.1 200 OK\r\nVia: 1.1 inner\r\nContent-Length: 0\r\n\r\n',
    hears: [/Via: 1\.1 inner, 1\.1 tidegate\r\n/],
  },
  {
    name: 'several Set-Cookie stay apart',
    said: 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n',
    hears: [/Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n/],
  },
  {
    name: 'Latin-1 in a value stays',
    said: 'HTTP/1.1 200 OK\r\nX-A: \xe9\r\nContent-Length: 0\r\n\r\n',
    hears: [/X-A: \xe9\r\n/],
  },
  {
    name: 'a 500 is passed',
    said: 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad',
    hears: [/^HTTP\/1\.1 500 .*bad$/s],
  },
];

/** What is no response: the client gets 502, and none of it. */
const garbage: readonly (readonly [string, string])[] = [
  ['no HTTP at all', 'hello there\r\n\r\n'],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of 099', 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of 600', 'HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n'],
  ['letters for a status', 'HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n'],
  [
    'both Content-Length and Transfer-Encoding',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc'],
  ['a list in Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc'],
  ['a negative Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc'],
  ['a coding other than chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc'],
  ['chunked with another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['an interim response with a body', 'HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\nabc'],
  ['an interim response that closes', 'HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n'],
  ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: \0\r\nContent-Length: 0\r\n\r\n'],
  ['a space before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
  ['a name with a space', 'HTTP/1.1 200 OK\r\nX A: 0\r\n\r\n'],
  ['a 101 that was not asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
];

describe('Gateway: what a client hears of a response', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let port: number;

  before(async () => {
    upstream = await RawUpstream.start();
    ({ balancer, port } = await startGateway({ breaker: { failureThreshold: 1_000_000 } }, upstream));
  });

  after(async () => {
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  for (const { name, said, ends = false, method = 'GET', version = '1.1', fields, hears, not = [] } of relayed) {
    it(name, async () => {
      upstream.answer = ({ socket }) => {
        if (ends) socket.end(said, 'latin1');
        else socket.write(said, 'latin1');
        return undefined;
      };
      const client = await RawConnection.open(port);
      client.request(
        `${method} / HTTP/${version}`,
        'Host: example',
        ...(fields ?? (version === '1.1' ? ['Connection: close'] : [])),
      );
      if (fields !== undefined && typeof hears !== 'string') await client.until(hears[0] as RegExp);
      else await client.untilEnd();
      client.close();
      if (typeof hears === 'string') expect(client.received).to.equal(hears);
      else for (const pattern of hears) expect(client.received).to.match(pattern);
      for (const pattern of not) expect(client.received).to.not.match(pattern);
    });
  }

  for (const [name, said] of garbage) {
    it(`${name} in a response gives the client a 502 and nothing of it`, async () => {
      upstream.answer = () => said;
      const client = await RawConnection.open(port);
      client.request('POST / HTTP/1.1', 'Host: example', 'Connection: close');
      await client.untilEnd();
      expect(client.received).to.match(/^HTTP\/1\.1 502 Bad Gateway\r\n.*"code":"UPSTREAM_GARBAGE"/s);
      expect(client.received).to.not.contain('\0');
    });
  }

  it('a body that is shorter than it says is not shown as whole', async () => {
    upstream.answer = ({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      return undefined;
    };
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: example');
    await client.untilEnd();
    expect(client.received).to.match(/\r\n\r\nhalf$/);
  });

  it('chunks that break off do not get their end', async () => {
    upstream.answer = ({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      return undefined;
    };
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: example');
    await client.untilEnd();
    expect(client.received).to.match(/4\r\nhalf\r\n$/);
  });

  it('a broken chunk ends the connection, and nothing behind it is passed', async () => {
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiXX0\r\n\r\n';
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: example');
    await client.untilEnd();
    expect(client.received).to.not.contain('XX');
  });

  it('what an upstream says beyond its response is never the next answer', async () => {
    upstream.answer = () =>
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: example');
    await client.until(/hi$/);
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';
    client.request('GET / HTTP/1.1', 'Host: example', 'Connection: close');
    await client.untilEnd();
    expect(client.received).to.match(/hiHTTP.*good$/s);
    expect(client.received).to.not.contain('evil');
  });
});
