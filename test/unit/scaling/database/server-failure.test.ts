import { expect } from 'chai';
import { DatabaseError } from '../../../../src/scaling/database/errors.ts';
import { connectFailure, isServerTrouble, statementFailure } from '../../../../src/scaling/database/server-failure.ts';

/** As the driver tells what the server answered. */
const answer = (code: string, extra: object = {}): Error =>
  Object.assign(new Error('what the server said'), { code, severity: 'ERROR', ...extra });

describe('a failure of a statement', () => {
  it('has a code by what the server answered', () => {
    const codes = ['57014', '25P03', '08006', '57P01', '23505', '40001', '40P01', '55P03', '25006', '42601', '22P02'];
    expect(codes.map((code) => statementFailure(answer(code), 'db:1/x').code)).to.deep.equal([
      'DB_TIMEOUT',
      'DB_TIMEOUT',
      'DB_UNAVAILABLE',
      'DB_UNAVAILABLE',
      'DB_CONSTRAINT',
      'DB_CONFLICT',
      'DB_CONFLICT',
      'DB_CONFLICT',
      'DB_READ_ONLY',
      'DB_REJECTED',
      'DB_REJECTED',
    ]);
  });

  it('carries the SQLSTATE, the constraint and the server, and not the values', () => {
    const cause = answer('23505', { constraint: 'users_email', detail: 'Key (email)=(a@b) already exists.' });
    const failure = statementFailure(cause, 'db:1/x');
    expect(failure).to.include({ sqlState: '23505', constraint: 'users_email', ambiguous: false, cause });
    expect(failure.message).to.equal('db:1/x: what the server said');
  });

  it('is ambiguous when the connection was lost: the statement may have been done', () => {
    const lost = [
      new Error('Connection terminated unexpectedly'),
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
      answer('57P01'),
    ].map((error) => statementFailure(error, 'db:1/x'));
    for (const { code, ambiguous } of lost) expect([code, ambiguous]).to.deep.equal(['DB_UNAVAILABLE', true]);
  });

  it('is a mistake of the caller when the driver refuses it', () => {
    expect(statementFailure(new Error('Query values must be an array'), 'db:1/x').code).to.equal('DB_REJECTED');
  });
});

describe('a failure to get a connection', () => {
  it('says which server, and why, also where the error has no words', () => {
    const refused = new AggregateError([], '');
    const { code, message, ambiguous } = connectFailure(Object.assign(refused, { code: 'ECONNREFUSED' }), 'db:1/x', 5);
    expect([code, message, ambiguous]).to.deep.equal([
      'DB_UNAVAILABLE',
      "db:1/x can't be reached: ECONNREFUSED",
      false,
    ]);
  });

  it('is told apart from a pool without a free connection', () => {
    const { code, message } = connectFailure(new Error('timeout exceeded when trying to connect'), 'db:1/x', 3_000);
    expect([code, message]).to.deep.equal(['DB_POOL_EXHAUSTED', 'all connections to db:1/x were busy for 3000 ms']);
  });
});

describe('trouble of the server, as a circuit breaker counts it', () => {
  it('is that it is away or does not answer in time, and nothing else', () => {
    const trouble = (['DB_UNAVAILABLE', 'DB_TIMEOUT', 'DB_POOL_EXHAUSTED', 'DB_CONSTRAINT', 'DB_ABORTED'] as const).map(
      (code) => isServerTrouble(new DatabaseError(code, 'x')),
    );
    expect(trouble).to.deep.equal([true, true, false, false, false]);
    expect(isServerTrouble(new Error('of the application'))).to.equal(false);
  });
});
