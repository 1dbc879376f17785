import { expect } from 'chai';
import { MalformedRequestError } from '../../../../../src/scaling/gateway/http2/malformed-request-error.ts';
import { requestText } from '../../../../../src/scaling/gateway/http2/request-text.ts';
import { FieldTable } from '../../../../../src/scaling/gateway/wire/field-table.ts';
import { forwardRequest } from '../../../../../src/scaling/gateway/wire/forward-request.ts';
import { readRequestHead } from '../../../../../src/scaling/gateway/wire/request-head.ts';
import { WireError } from '../../../../../src/scaling/gateway/wire/wire-error.ts';
import { SeededRandom } from '../../../../helpers/seeded-random.ts';
import { nodeMessages } from '../wire/node-parser.ts';

const PSEUDO = [':method', 'GET', ':scheme', 'https', ':authority', 'a.example', ':path', '/x?y=1'];
const CLIENT = { address: '127.0.0.1', node: '127.0.0.1', proto: 'https', trusted: false, identityLine: '' } as const;

function pseudo(changes: Readonly<Record<string, string>>): string[] {
  const fields: string[] = [];
  for (let index = 0; index < PSEUDO.length; index += 2) {
    const name = PSEUDO[index] as string;
    fields.push(name, changes[name] ?? (PSEUDO[index + 1] as string));
  }
  return fields;
}

describe('A request of HTTP/2 as the text of an HTTP/1.1 request', () => {
  it('has the request line and Host of the pseudo fields, and the others as they came', () => {
    expect(requestText([...PSEUDO, 'accept', '*/*', 'x-empty', ''], true)).to.equal(
      'GET /x?y=1 HTTP/1.1\r\nhost: a.example\r\naccept: */*\r\nx-empty: \r\n\r\n',
    );
  });

  it('has the crumbs of a cookie in one field', () => {
    expect(requestText([...PSEUDO, 'cookie', 'a=1', 'accept', '*/*', 'cookie', 'b=2'], true)).to.include(
      'accept: */*\r\ncookie: a=1; b=2\r\n',
    );
  });

  it('takes host where there is no :authority, and one that says the same', () => {
    const withoutAuthority = [':method', 'GET', ':scheme', 'https', ':path', '/'];
    expect(requestText([...withoutAuthority, 'host', 'b.example'], true)).to.include('\r\nhost: b.example\r\n');
    expect(requestText([...PSEUDO, 'host', 'A.example'], true).match(/host: /g)).to.have.length(1);
    expect(() => readRequestHead(requestText(withoutAuthority, true), new FieldTable())).to.throw(WireError, 'Host');
  });

  it('has a body as long as was announced, or in chunks, or none', () => {
    expect(requestText([...PSEUDO, 'content-length', '5'], false)).to.match(/content-length: 5\r\n\r\n$/);
    expect(requestText(PSEUDO, false)).to.match(/transfer-encoding: chunked\r\n\r\n$/);
    expect(requestText([...PSEUDO, 'content-length', '0'], true)).to.match(/content-length: 0\r\n\r\n$/);
    expect(requestText(PSEUDO, true)).not.to.match(/transfer-encoding|content-length/);
  });

  const malformed: Readonly<Record<string, readonly string[]>> = {
    'CR and LF in a value': [...PSEUDO, 'x', 'a\r\nGET /evil HTTP/1.1'],
    'a lone LF in a value': [...PSEUDO, 'x', 'a\nb: c'],
    'NUL in a value': [...PSEUDO, 'x', 'a\0b'],
    'a character beyond Latin-1': [...PSEUDO, 'x', 'a\u560db'],
    'a blank at the begin of a value': [...PSEUDO, 'content-length', ' 5'],
    'a blank at the end of a value': [...PSEUDO, 'x', 'a\t'],
    'CR and LF in a name': [...PSEUDO, 'x: y\r\nz', '1'],
    'a colon in a name': [...PSEUDO, 'x:y', '1'],
    'a blank in a name': [...PSEUDO, 'content-length ', '5'],
    'upper case in a name': [...PSEUDO, 'X-Y', '1'],
    'an empty name': [...PSEUDO, '', '1'],
    'a blank in :path': pseudo({ ':path': '/a HTTP/1.1' }),
    'CR and LF in :path': pseudo({ ':path': '/ HTTP/1.1\r\nHost: evil\r\n\r\n' }),
    'an absolute :path': pseudo({ ':path': 'https://evil.example/' }),
    'an empty :path': pseudo({ ':path': '' }),
    'the path * of a GET': pseudo({ ':path': '*' }),
    'a fragment in :path': pseudo({ ':path': '/a#b' }),
    'a blank in :method': pseudo({ ':method': 'GET /evil HTTP/1.1\r\nx:' }),
    'an empty :method': pseudo({ ':method': '' }),
    'a :scheme of another connection': pseudo({ ':scheme': 'http' }),
    'CR and LF in :authority': pseudo({ ':authority': 'a\r\nx: y' }),
    'an :authority that differs from host': [...PSEUDO, 'host', 'b.example'],
    'two hosts': [':method', 'GET', ':scheme', 'https', ':path', '/', 'host', 'a', 'host', 'a'],
    'two :path': [...PSEUDO, ':path', '/b'],
    'a pseudo field behind others': [...PSEUDO.slice(2), 'x', 'y', ':method', 'GET'],
    'a pseudo field that is not known': [...PSEUDO, ':protocol', 'websocket'],
    'transfer-encoding': [...PSEUDO, 'transfer-encoding', 'chunked'],
    connection: [...PSEUDO, 'connection', 'x-forwarded-for'],
    'proxy-connection': [...PSEUDO, 'proxy-connection', 'keep-alive'],
    'keep-alive': [...PSEUDO, 'keep-alive', 'timeout=5'],
    upgrade: [...PSEUDO, 'upgrade', 'h2c'],
    'te other than trailers': [...PSEUDO, 'te', 'gzip'],
    'two lengths': [...PSEUDO, 'content-length', '5', 'content-length', '5'],
    'a length without a body': [...PSEUDO, 'content-length', '5'],
  };
  for (const [what, fields] of Object.entries(malformed)) {
    it(`is none with ${what}`, () => {
      expect(() => requestText(fields, true)).to.throw(MalformedRequestError);
    });
  }

  it('is refused by the reader of HTTP/1.1 where that refuses', () => {
    const table = new FieldTable();
    for (const [changes, code] of [
      [{ ':method': 'CONNECT' }, 'UNKNOWN_METHOD'],
      [{ ':method': 'get' }, 'UNKNOWN_METHOD'],
      [{ ':authority': 'user@a.example' }, 'BAD_HOST'],
      [{ ':authority': 'a.example,b.example' }, 'BAD_HOST'],
    ] as const) {
      expect(() => readRequestHead(requestText(pseudo(changes), true), table))
        .to.throw(WireError)
        .with.property('code', code);
    }
    const text = requestText([...PSEUDO, 'content-length', '+5'], false);
    expect(() => readRequestHead(text, table))
      .to.throw(WireError)
      .with.property('code', 'BAD_LENGTH');
  });

  it("is, whatever the fields are, one request with the same fields to Node's own parser, or none", () => {
    const random = new SeededRandom(9113);
    const table = new FieldTable();
    let taken = 0;
    let refused = 0;
    for (let run = 0; run < 8_000; run++) {
      const fields = randomFields(random);
      const ends = random.next() < 0.5;
      let forwarded: string;
      try {
        const head = readRequestHead(requestText(fields, ends), table);
        forwarded = forwardRequest(head, table, CLIENT, 'gw');
      } catch (error) {
        if (!(error instanceof WireError) && !(error instanceof MalformedRequestError)) throw error;
        refused++;
        continue;
      }
      taken++;
      // A second request behind the body shows that the parser finds its end where it is.
      const length = Number(/^content-length: (\d+)/im.exec(forwarded)?.[1] ?? 0);
      const body = /^transfer-encoding: chunked/im.test(forwarded) ? '0\r\n\r\n' : 'b'.repeat(length);
      const next = 'GET /next HTTP/1.1\r\nHost: n\r\n\r\n';
      const messages = nodeMessages('request', Buffer.from(forwarded + body + next, 'latin1'), 'GET');
      expect(
        messages.map(({ start }) => start),
        JSON.stringify(fields),
      ).to.deep.equal([fieldOf(fields, ':path'), '/next']);
      for (let index = 0; index < fields.length; index += 2) {
        const [name, value] = [fields[index] as string, fields[index + 1] as string];
        if (name === 'x-a' || name === 'accept') expect(forwarded).to.include(`\r\n${name}: ${value}\r\n`);
      }
    }
    expect(taken).to.be.above(800);
    expect(refused).to.be.above(800);
  });
});

const NAMES =
  'accept x-a cookie te host content-length transfer-encoding connection x_forwarded_for :path :method X-B expect via'.split(
    ' ',
  );
const BITS = [
  'a',
  'b=1',
  '/',
  ' ',
  '\r\n',
  '\n',
  '\r',
  '\0',
  ':',
  ',',
  '5',
  '0',
  'chunked',
  'trailers',
  '\xa0',
  '\x7f',
  'é',
  'GET / HTTP/1.1',
];

function randomFields(random: SeededRandom): string[] {
  const value = (): string => Array.from({ length: random.integer(0, 3) }, () => random.pick(BITS)).join('');
  const fields = pseudo({
    ':method': random.pick(['GET', 'GET', 'POST', 'HEAD', 'PATCH', value()]),
    ':path': random.pick(['/', '/a/b?c', `/${value()}`]),
    ':authority': random.pick(['a.example', 'a.example:8443', '[::1]', value()]),
  });
  for (let count = random.integer(0, 4); count > 0; count--) {
    fields.push(
      random.next() < 0.8 ? random.pick(NAMES) : value(),
      random.next() < 0.5 ? random.pick(['5', 'a', 'a, b']) : value(),
    );
  }
  return fields;
}

function fieldOf(fields: readonly string[], name: string): string {
  return fields[fields.indexOf(name) + 1] as string;
}
