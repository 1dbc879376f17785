import { expect } from 'chai';
import { evictionPolicyOf, losesJobs } from '../../../../../src/scaling/state/jobs/redis/eviction-policy.ts';

describe('the eviction policy of a Redis server', () => {
  it('is read from what INFO says', () => {
    expect(evictionPolicyOf('# Memory\r\nmaxmemory_policy:volatile-lru\r\nmem:1\r\n')).to.equal('volatile-lru');
    expect(evictionPolicyOf('# Memory\r\n')).to.equal(undefined);
  });

  it('can lose jobs only when it takes keys without a TTL', () => {
    for (const policy of ['noeviction', 'volatile-lru', 'volatile-ttl', undefined])
      expect(losesJobs(policy)).to.equal(false);
    for (const policy of ['allkeys-lru', 'allkeys-lfu', 'allkeys-random']) expect(losesJobs(policy)).to.equal(true);
  });
});
