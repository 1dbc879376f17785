import type { Socket } from 'node:net';
import { expect } from 'chai';
import { answerClientError } from '../../../../src/scaling/management/client-error.ts';

class RecordingSocket {
  readonly writable: boolean;
  text = '';
  destroyed = false;

  constructor(writable: boolean) {
    this.writable = writable;
  }

  end(text: string, done: () => void): void {
    this.text = text;
    done();
  }

  destroy(): void {
    this.destroyed = true;
  }
}

function answer(code: string, { writable = true, responseUnderWay = false } = {}): RecordingSocket {
  const socket = new RecordingSocket(writable);
  answerClientError(Object.assign(new Error(code), { code }), socket as unknown as Socket, responseUnderWay);
  expect(socket.destroyed).to.equal(true);
  return socket;
}

describe('the answer to what is no request', () => {
  const known: readonly [string, string, string][] = [
    ['HPE_INVALID_METHOD', '400 Bad request', 'BAD_REQUEST'],
    ['HPE_HEADER_OVERFLOW', '431 Request header fields too large', 'HEADERS_TOO_LARGE'],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Content too large', 'BODY_TOO_LARGE'],
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request timeout', 'REQUEST_TIMEOUT'],
  ];
  for (const [errorCode, statusLine, code] of known) {
    it(`is ${statusLine} for ${errorCode}, as a problem, and the connection closes`, () => {
      const [head = '', body = ''] = answer(errorCode).text.split('\r\n\r\n');
      expect(head.split('\r\n')[0]).to.equal(`HTTP/1.1 ${statusLine}`);
      expect(head)
        .to.include('Connection: close')
        .and.include(`Content-Length: ${Buffer.byteLength(body)}`);
      expect(JSON.parse(body).code).to.equal(code);
    });
  }

  it('is nothing when the client is gone', () => {
    expect(answer('ECONNRESET').text).to.equal('');
    expect(answer('HPE_INVALID_METHOD', { writable: false }).text).to.equal('');
  });

  it('is nothing in the middle of a response', () => {
    expect(answer('HPE_INVALID_METHOD', { responseUnderWay: true }).text).to.equal('');
  });
});
