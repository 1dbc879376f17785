import { expect } from 'chai';
import { MalformedRequestError } from '../../../../../src/scaling/gateway/http2/malformed-request-error.ts';
import { StreamBody } from '../../../../../src/scaling/gateway/http2/stream-body.ts';

describe("A stream's body", () => {
  it('goes in chunks when nobody knows its length, and an empty piece does not end it', () => {
    const body = new StreamBody(undefined);
    expect(body.take(Buffer.from('hello world, hello')).toString()).to.equal('12\r\nhello world, hello\r\n');
    expect(body.take(Buffer.alloc(0)).toString()).to.equal('');
    expect(body.end().toString()).to.equal('0\r\n\r\n');
  });

  it('ends with its trailers', () => {
    const body = new StreamBody(undefined);
    body.noteTrailers(['grpc-status', '0', 'x-a', '']);
    expect(body.end().toString()).to.equal('0\r\ngrpc-status: 0\r\nx-a: \r\n\r\n');
  });

  it('is malformed with trailers that would be more than that in HTTP/1.1', () => {
    for (const trailers of [
      [':status', '200'],
      ['x', 'a\r\n\r\nGET / HTTP/1.1'],
      ['x\r\n', ''],
      ['X', ''],
    ]) {
      const body = new StreamBody(undefined);
      body.noteTrailers(trailers);
      expect(() => body.end()).to.throw(MalformedRequestError);
    }
  });

  it('goes as it is when its length was announced, and no byte more or less', () => {
    const body = new StreamBody(5);
    expect(body.take(Buffer.from('hel')).toString()).to.equal('hel');
    expect(() => body.end()).to.throw(MalformedRequestError, 'content-length');
    expect(body.take(Buffer.from('lo')).toString()).to.equal('lo');
    expect(body.end().toString()).to.equal('');
    expect(() => body.take(Buffer.from('!'))).to.throw(MalformedRequestError, 'content-length');
  });
});
