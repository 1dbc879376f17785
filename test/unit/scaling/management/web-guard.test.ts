import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { WebGuard } from '../../../../src/scaling/management/web-guard.ts';

const guard = new WebGuard({
  host: '10.0.0.5',
  allowedHosts: ['ops.example', 'mapped.example:19001'],
  allowedOrigins: ['https://console.example'],
});

function arriving(headers: Record<string, string>, method = 'GET'): IncomingMessage {
  const socket = { localPort: 9001, localAddress: '::ffff:10.0.0.5' };
  return { method, headers: { host: 'localhost:9001', ...headers }, socket } as unknown as IncomingMessage;
}

function codeOf(headers: Record<string, string>, method?: string): string {
  try {
    return guard.check(arriving(headers, method)) ?? 'passes';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the Host check', () => {
  for (const host of [
    'localhost:9001',
    'LocalHost:9001',
    '127.0.0.1:9001',
    '[::1]:9001',
    '10.0.0.5:9001',
    'ops.example',
    'ops.example:443',
    'mapped.example:19001',
  ]) {
    it(`lets ${host} pass`, () => {
      expect(codeOf({ host })).to.equal('passes');
    });
  }

  for (const host of [
    '',
    'localhost',
    'localhost:9002',
    'evil.example:9001',
    'localhost.evil.example:9001',
    'localhost:9001:9001',
    'localhost:9001@evil.example',
    'mapped.example:9001',
    '127.0.0.1.nip.example:9001',
    '10.0.0.6:9001',
  ]) {
    it(`refuses ${JSON.stringify(host)}`, () => {
      expect(codeOf({ host })).to.equal('HOST_NOT_ALLOWED');
    });
  }
});

describe('the Origin check', () => {
  it('lets the dashboard itself pass', () => {
    expect(codeOf({ origin: 'http://localhost:9001' }, 'POST')).to.equal('passes');
  });

  it('lets the dashboard behind a TLS proxy pass', () => {
    expect(codeOf({ host: 'ops.example', origin: 'https://ops.example' }, 'POST')).to.equal('passes');
  });

  it('returns a configured origin, for the CORS headers', () => {
    expect(codeOf({ origin: 'https://console.example' }, 'POST')).to.equal('https://console.example');
  });

  for (const origin of [
    'null',
    'http://localhost:3001',
    'http://127.0.0.1:9001',
    'https://console.example.evil.example',
    'http://console.example',
    'file://',
    'http://localhost:9001/',
  ]) {
    for (const method of ['GET', 'POST']) {
      it(`refuses ${method} from ${origin}`, () => {
        expect(codeOf({ origin }, method)).to.equal('ORIGIN_NOT_ALLOWED');
      });
    }
  }
});

describe('the Sec-Fetch-Site check', () => {
  const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

  it('lets the address bar and the page itself pass', () => {
    expect(codeOf({ 'sec-fetch-site': 'none' })).to.equal('passes');
    expect(codeOf({ 'sec-fetch-site': 'same-origin' })).to.equal('passes');
  });

  it('refuses what another site embeds or fetches', () => {
    expect(codeOf({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).to.equal('ORIGIN_NOT_ALLOWED');
    expect(codeOf({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' })).to.equal('ORIGIN_NOT_ALLOWED');
  });

  it('refuses to be framed by another site', () => {
    const framed = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    expect(codeOf({ 'sec-fetch-site': 'cross-site', ...framed })).to.equal('ORIGIN_NOT_ALLOWED');
  });

  it('lets a reader follow a link to the dashboard, but no form post from there', () => {
    expect(codeOf({ 'sec-fetch-site': 'cross-site', ...navigation })).to.equal('passes');
    expect(codeOf({ 'sec-fetch-site': 'cross-site', ...navigation }, 'POST')).to.equal('ORIGIN_NOT_ALLOWED');
  });
});
