import { expect } from 'chai';
import { asDependencyError } from '../../../src/app/dependency-error.ts';
import { toProblem } from '../../../src/app/problem.ts';
import { DatabaseError } from '../../../src/scaling/database/index.ts';
import { FleetError } from '../../../src/scaling/fleet/index.ts';
import { BreakerError } from '../../../src/scaling/state/breaker/index.ts';
import { CacheLoadError } from '../../../src/scaling/state/cache/index.ts';
import { StateError } from '../../../src/scaling/state/errors.ts';
import { SessionUnknownError } from '../../../src/scaling/state/sessions/session-error.ts';

describe('what a dependency did not do, as the app’s error', () => {
  it('is unavailable for a while, in words that hold no address', () => {
    for (const error of [
      new StateError('STATE_UNAVAILABLE', 'redis 10.1.2.3:6379 is down'),
      new DatabaseError('DB_UNAVAILABLE', '10.1.2.3:5432/app cannot be reached'),
    ]) {
      const problem = toProblem(error);
      expect(problem).to.include({ status: 503, code: error.code });
      expect(problem.detail).to.not.include('10.1.2.3');
      expect(asDependencyError(error)?.headers).to.deep.equal({ 'Retry-After': '2' });
    }
  });

  it('does not take a session for over that nobody can say anything about', () => {
    const problem = toProblem(
      new SessionUnknownError(new StateError('STATE_UNKNOWN', 'redis 10.1.2.3 does not answer')),
    );
    expect(problem).to.include({ status: 503, code: 'SESSION_UNKNOWN' });
    expect(problem.detail).to.include('your login is kept');
  });

  it('says when an open breaker lets calls through again', () => {
    const open = new BreakerError('CIRCUIT_OPEN', 'postgres', 'Breaker postgres is open', 8_400);
    expect(toProblem(open)).to.include({ status: 503, code: 'CIRCUIT_OPEN' });
    expect(asDependencyError(open)?.headers).to.deep.equal({ 'Retry-After': '9' });
  });

  it('is what failed where another process loaded it', () => {
    const loader = { name: 'DatabaseError', message: 'gone', code: 'DB_TIMEOUT' };
    expect(toProblem(new CacheLoadError('usage', loader))).to.include({ status: 503, code: 'DB_TIMEOUT' });
    const other = { name: 'TypeError', message: 'x is undefined' };
    expect(toProblem(new CacheLoadError('usage', other))).to.include({ status: 503, code: 'CACHE_LOAD_FAILED' });
  });

  it('is what the fleet says, in its words', () => {
    const refusal = new FleetError('CAPACITY_UNKNOWN', 'No server is known', { retryAfterMs: 20_000 });
    expect(toProblem(refusal)).to.include({ status: 503, code: 'CAPACITY_UNKNOWN', detail: 'No server is known' });
    expect(asDependencyError(refusal)?.headers).to.deep.equal({ 'Retry-After': '20' });
    expect(toProblem(new FleetError('QUOTA_EXCEEDED', 'Too many'))).to.include({ status: 429 });
  });

  for (const mistake of [
    new StateError('STATE_BAD_ARGUMENT', 'the key is empty'),
    new DatabaseError('DB_REJECTED', 'syntax error'),
    new Error('secret'),
    'STATE_TIMEOUT',
    null,
  ]) {
    it(`is nothing that ${String(mistake)} is: the app failed`, () => {
      expect(asDependencyError(mistake)).to.equal(undefined);
      expect(toProblem(mistake)).to.include({ status: 500, code: 'INTERNAL_ERROR' });
    });
  }
});
