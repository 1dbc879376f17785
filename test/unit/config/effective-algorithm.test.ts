import { expect } from 'chai';
import { effectiveAlgorithm } from '../../../config/effective-algorithm.ts';
import { loadConfig } from '../../../config/load.ts';

const algorithm = (env: Record<string, string>): string => effectiveAlgorithm(loadConfig({ env }).config);

describe('effectiveAlgorithm', () => {
  it('is the one configured', () => {
    expect(algorithm({})).to.equal('adaptive');
    expect(algorithm({ LB_ALGORITHM: 'peak-ewma' })).to.equal('peak-ewma');
  });

  it('is consistent-hash with sticky sessions in tcp mode', () => {
    expect(algorithm({ LB_ALGORITHM: 'peak-ewma', LB_STICKY_SESSION_ENABLED: 'true' })).to.equal('consistent-hash');
  });

  it('is least-connections for requests where nothing else is asked for', () => {
    expect(algorithm({ LB_MODE: 'http' })).to.equal('least-connections');
    expect(algorithm({ LB_MODE: 'http', LB_ALGORITHM: 'peak-ewma' })).to.equal('peak-ewma');
    expect(algorithm({ LB_MODE: 'http', LB_STICKY_SESSION_ENABLED: 'true' })).to.equal('least-connections');
  });

  it('is shared accept without a load balancer', () => {
    const env = { LOAD_BALANCER_ENABLED: 'false', LB_ALGORITHM: 'ip-hash', LB_STICKY_SESSION_ENABLED: 'true' };
    expect(algorithm(env)).to.equal('adaptive');
  });
});
