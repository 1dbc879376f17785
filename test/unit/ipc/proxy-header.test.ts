import { expect } from 'chai';
import { ProxyHeaderError, proxyHeader1, proxyHeader2, readProxyHeader } from '../../../src/ipc/proxy-header.ts';

const SERVER = { address: '10.0.0.1', port: 443 };
const SIGNATURE = '0d0a0d0a000d0a515549540a';
const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const hex = (digits: string): Buffer => Buffer.from(SIGNATURE + digits.replaceAll(' ', ''), 'hex');

describe('A PROXY header', () => {
  it('of version 1 is read as its line says', () => {
    const line = 'PROXY TCP4 192.0.2.7 10.0.0.1 56324 443\r\n';
    expect(readProxyHeader(text(`${line}GET /`))).to.deep.equal({
      bytes: line.length,
      client: { address: '192.0.2.7', port: 56_324 },
    });
    expect(readProxyHeader(text('PROXY TCP6 2001:db8::1 ::1 1 65535\r\n'))?.client).to.deep.equal({
      address: '2001:db8::1',
      port: 1,
    });
  });

  it('of version 2 is read as its bytes say, and what a proxy adds is passed over', () => {
    expect(readProxyHeader(hex('21 11 000c c0000207 0a000001 dc04 01bb'))).to.deep.equal({
      bytes: 28,
      client: { address: '192.0.2.7', port: 56_324 },
    });
    const six = '20010db8000000000000000000000001 00000000000000000000000000000001 0050 01bb';
    expect(readProxyHeader(hex(`21 21 0024 ${six}`))?.client).to.deep.equal({ address: '2001:db8::1', port: 80 });
    expect(readProxyHeader(hex('21 11 0010 c0000207 0a000001 dc04 01bb 04000100'))?.bytes).to.equal(32);
  });

  it('without a client leaves the connection to the proxy itself: UNKNOWN, LOCAL, a unix socket', () => {
    for (const bytes of [
      text('PROXY UNKNOWN\r\n'),
      text('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'),
      hex('20 00 0000'),
      hex('20 11 000c c0000207 0a000001 dc04 01bb'),
      hex('21 00 0000'),
      hex('21 31 0002 0000'),
    ]) {
      expect(readProxyHeader(bytes), bytes.toString('latin1')).to.deep.equal({ bytes: bytes.length, client: null });
    }
  });

  it('that is not whole is waited for, at each byte', () => {
    for (const header of [
      proxyHeader1({ address: '192.0.2.7', port: 5 }, SERVER),
      proxyHeader2({ address: '192.0.2.7', port: 5 }, SERVER),
    ]) {
      for (let length = 0; length < header.length; length += 1) {
        expect(readProxyHeader(header.subarray(0, length)), `${length} bytes`).to.equal(undefined);
      }
      expect(readProxyHeader(header)?.bytes).to.equal(header.length);
    }
  });

  it('is written so that it reads the same, in both versions and families', () => {
    const clients = ['192.0.2.7', '2001:db8::1', '::1', '1:2:3:4:5:6:7:8', 'fe80::'].map((address) => ({
      address,
      port: 40_000,
    }));
    for (const client of clients) {
      const server = client.address.includes(':') ? { address: '::2', port: 1 } : SERVER;
      expect(readProxyHeader(proxyHeader2(client, server))?.client, client.address).to.deep.equal(client);
      expect(readProxyHeader(proxyHeader1(client, server))?.client, client.address).to.deep.equal(client);
    }
    expect(readProxyHeader(proxyHeader2(null, SERVER))?.client).to.equal(null);
    expect(readProxyHeader(proxyHeader1(null, SERVER))?.client).to.equal(null);
    expect(proxyHeader1({ address: '::1', port: 1 }, SERVER).toString()).to.equal('PROXY UNKNOWN\r\n');
  });

  for (const [what, bytes] of Object.entries({
    'a request': text('GET / HTTP/1.1\r\n'),
    'a line that only begins like one': text('PROXX'),
    'another protocol': text('PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n'),
    'an address of the other family': text('PROXY TCP4 ::1 ::1 1 2\r\n'),
    'no address': text('PROXY TCP4 1.1.1.256 2.2.2.2 1 2\r\n'),
    'no port': text('PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n'),
    'two spaces': text('PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n'),
    'a bare line feed': text('PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n'),
    'a line that does not end': text(`PROXY UNKNOWN ${'x'.repeat(200)}`),
    'version 3': hex('31 11 000c'),
    'an unknown command': hex('22 11 000c'),
    'too few bytes for its addresses': hex('21 11 0008 c0000207 0a000001'),
    'more than anybody has to say': hex('21 11 ffff'),
  })) {
    it(`is not ${what}`, () => {
      expect(() => readProxyHeader(bytes))
        .to.throw(ProxyHeaderError)
        .with.property('code', 'PROXY_HEADER_INVALID');
    });
  }
});
