import { expect } from 'chai';
import { isSameSite } from '../../../../src/app/routes/same-site.ts';

describe('where a request comes from', () => {
  const cases: [headers: Record<string, string>, expected: boolean][] = [
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://app.example' }, false],
    [{ origin: 'https://app.example' }, true],
    [{ origin: 'https://APP.example' }, true],
    [{ origin: 'https://app.example:8443' }, false],
    [{ origin: 'https://app.example.evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{}, true],
  ];
  for (const [headers, expected] of cases) {
    it(`is ${expected ? 'this site' : 'elsewhere'} with ${JSON.stringify(headers)}`, () => {
      expect(isSameSite({ headers: { host: 'app.example', ...headers } })).to.equal(expected);
    });
  }
});
