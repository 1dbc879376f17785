import { expect } from 'chai';
import { http2Fields } from '../../../../../src/scaling/gateway/http2/response-fields.ts';
import { FieldTable } from '../../../../../src/scaling/gateway/wire/field-table.ts';

describe("A response's fields in HTTP/2", () => {
  it('are in lower case, without those of a connection of HTTP/1.1', () => {
    const table = new FieldTable();
    const hop = 'Connection: close\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\nTE: x\r\n';
    table.read(`Content-Type: text/plain\r\nETag: "a"\r\n${hop}\r\n`, 0);
    expect({ ...http2Fields(table) }).to.deep.equal({ 'content-type': 'text/plain', etag: '"a"' });
  });

  it('are joined when they are repeated, but for Set-Cookie', () => {
    const table = new FieldTable();
    table.read('Vary: a\r\nSet-Cookie: a=1, b\r\nvary: b\r\nset-cookie: c=2\r\n__proto__: x\r\n\r\n', 0);
    const fields = http2Fields(table);
    expect(Object.entries(fields)).to.deep.equal([
      ['vary', 'a, b'],
      ['set-cookie', ['a=1, b', 'c=2']],
      ['__proto__', 'x'],
    ]);
  });
});
