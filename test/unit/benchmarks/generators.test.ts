import { expect } from 'chai';
import { parseAutocannon } from '../../../benchmarks/load/autocannon.ts';
import { parseWrk } from '../../../benchmarks/load/wrk.ts';

const WRK = `Running 1s test @ http://127.0.0.1:45101/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.27ms  412.15us   9.80ms   91.40%
    Req/Sec    50.70k     3.20k   54.47k    72.73%
  55310 requests in 1.10s, 12.60MB read
`;

describe("wrk's report", () => {
  it('gives requests and time', () => {
    expect(parseWrk(`${WRK}Requests/sec:  50286.14\nTransfer/sec:     11.46MB\n`)).to.deep.equal({
      requests: 55_310,
      seconds: 1.1,
      errors: 0,
    });
  });

  it('counts failed connections and bad answers as errors', () => {
    const errors = '  Socket errors: connect 1, read 20, write 3, timeout 4\n  Non-2xx or 3xx responses: 500\n';
    expect(parseWrk(WRK + errors).errors).to.equal(528);
  });

  it('knows the units of time', () => {
    expect(parseWrk('  7 requests in 950.00ms, 1.00KB read').seconds).to.be.closeTo(0.95, 1e-12);
    expect(parseWrk('  7 requests in 1.50m, 1.00KB read').seconds).to.equal(90);
  });

  it('is refused when it is something else', () => {
    expect(() => parseWrk('unable to connect')).to.throw('not a report of wrk: "unable to connect"');
  });
});

describe("autocannon's report", () => {
  it('gives good answers, time and errors', () => {
    const text = JSON.stringify({
      '1xx': 0,
      '2xx': 900,
      non2xx: 2,
      errors: 3,
      timeouts: 1,
      duration: 1.02,
      connections: 64,
    });
    expect(parseAutocannon(text)).to.deep.equal({ requests: 900, seconds: 1.02, errors: 5 });
  });
});
