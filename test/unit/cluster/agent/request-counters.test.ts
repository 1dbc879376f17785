import { expect } from 'chai';
import fc from 'fast-check';
import { RequestCounters } from '../../../../src/cluster/agent/request-counters.ts';
import { latencyBucketIndex } from '../../../../src/ipc/latency-buckets.ts';
import { SEEDED } from '../../scaling/balancing/candidates.ts';

describe('RequestCounters', () => {
  it('count a finished request by method, status class and route class', () => {
    const counters = new RequestCounters(['api=/api/', 'static=/assets/']);
    counters.complete('GET', '/api/users', 200, 5);
    counters.complete('GET', '/api/users/7', 204, 5);
    counters.complete('POST', '/api/users', 503, 5);
    counters.complete('GET', '/assets/a.css', 304, 5);
    counters.complete('GET', '/', 200, 5);
    expect(counters.rows()).to.deep.equal([
      ['GET', '2xx', 'api', 2],
      ['POST', '5xx', 'api', 1],
      ['GET', '3xx', 'static', 1],
      ['GET', '2xx', 'other', 1],
    ]);
    expect({ completed: counters.completed, errors: counters.errors }).to.deep.equal({ completed: 5, errors: 1 });
  });

  it('take the first route class whose prefix matches', () => {
    const counters = new RequestCounters(['admin=/api/admin', 'api=/api']);
    counters.complete('GET', '/api/admin/x', 200, 1);
    counters.complete('GET', '/api/x', 200, 1);
    expect(counters.rows().map(([, , routeClass]) => routeClass)).to.deep.equal(['admin', 'api']);
  });

  it('have few labels, whatever clients send', () => {
    const counters = new RequestCounters(['api=/api']);
    fc.assert(
      fc.property(fc.string(), fc.webPath(), fc.integer({ min: 100, max: 599 }), (method, url, status) => {
        counters.complete(method, url, status, 1);
      }),
      { ...SEEDED, numRuns: 200 },
    );
    for (const [method, statusClass, routeClass] of counters.rows()) {
      expect(method).to.match(/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|OTHER)$/);
      expect(statusClass).to.match(/^[1-5]xx$/);
      expect(['api', 'other']).to.include(routeClass);
    }
  });

  it('call a method that is none of HTTP’s own OTHER', () => {
    const counters = new RequestCounters([]);
    for (const method of ['PROPFIND', 'get', '', 'DELETE']) counters.complete(method, '/', 200, 1);
    expect(counters.rows()).to.deep.equal([
      ['OTHER', '2xx', 'other', 3],
      ['DELETE', '2xx', 'other', 1],
    ]);
  });

  it('put every latency into one bucket, and add them up', () => {
    const counters = new RequestCounters([]);
    const latencies = [0.05, 3, 3, 250, 1e9];
    for (const latencyMs of latencies) counters.complete('GET', '/', 200, latencyMs);
    expect(counters.latencyCounts.reduce((sum, count) => sum + count, 0)).to.equal(5);
    expect(counters.latencyCounts[latencyBucketIndex(3)]).to.equal(2);
    expect(counters.latencyCounts.at(-1)).to.equal(1);
    expect(counters.latencySumMs).to.equal(latencies.reduce((sum, latencyMs) => sum + latencyMs, 0));
  });

  it('know how many requests are in flight', () => {
    const counters = new RequestCounters([]);
    counters.started = 5;
    counters.aborted = 1;
    counters.complete('GET', '/', 200, 1);
    expect(counters.inFlight).to.equal(3);
  });
});
