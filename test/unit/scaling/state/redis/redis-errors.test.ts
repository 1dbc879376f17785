import { expect } from 'chai';
import { ReplyError } from 'ioredis';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import {
  abortError,
  closedError,
  isUnknownScript,
  notConnectedError,
  stateErrorOf,
  timeoutError,
} from '../../../../../src/scaling/state/redis/redis-errors.ts';

const SENT = { name: 'incrby', node: '10.0.0.1:6379', mayBeDone: true };
const NOT_SENT = { ...SENT, mayBeDone: false };

/** What Redis answered, as ioredis gives it. */
function reply(message: string): Error {
  return new (ReplyError as unknown as new (message: string) => Error)(message);
}

describe('errors of Redis', () => {
  const answers: readonly (readonly [string, string])[] = [
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'STATE_WRONG_TYPE'],
    ['ERR Error running script (call to f_1): @user_script:1: WRONGTYPE Operation against a key', 'STATE_WRONG_TYPE'],
    ['ERR value is not an integer or out of range', 'STATE_WRONG_TYPE'],
    ['ERR hash value is not an integer', 'STATE_WRONG_TYPE'],
    ['ERR increment would overflow: the sum is no safe integer', 'STATE_BAD_ARGUMENT'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'STATE_BAD_ARGUMENT'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'STATE_FULL'],
    ["READONLY You can't write against a read only replica.", 'STATE_UNAVAILABLE'],
    ['CLUSTERDOWN Hash slot not served', 'STATE_UNAVAILABLE'],
    ['LOADING Redis is loading the dataset in memory', 'STATE_UNAVAILABLE'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'STATE_UNAVAILABLE'],
    ['NOAUTH Authentication required.', 'STATE_UNAVAILABLE'],
    ['MISCONF Redis is configured to save RDB snapshots', 'STATE_UNAVAILABLE'],
    ['BUSY Redis is busy running a script.', 'STATE_UNAVAILABLE'],
    ['ERR something nobody has seen yet', 'STATE_UNAVAILABLE'],
  ];

  for (const [message, code] of answers) {
    it(`makes ${code} of "${message.slice(0, 40)}…", never ambiguous: an answer says it was not done`, () => {
      const error = stateErrorOf(reply(message), SENT);
      expect(error).to.include({ code, ambiguous: false });
      expect(error.message).to.equal(`INCRBY at Redis 10.0.0.1:6379: ${message}`);
    });
  }

  it('makes STATE_UNAVAILABLE of a broken connection, ambiguous if the command was sent', () => {
    const sent = stateErrorOf(new Error('Connection is closed.'), SENT);
    expect(sent).to.include({ code: 'STATE_UNAVAILABLE', ambiguous: true });
    expect(sent.message).to.contain('10.0.0.1:6379').and.contain('not known');
    const notSent = stateErrorOf(new Error('connect ECONNREFUSED'), NOT_SENT);
    expect(notSent).to.include({ code: 'STATE_UNAVAILABLE', ambiguous: false });
    expect(notSent.message).to.equal('INCRBY at Redis 10.0.0.1:6379: connect ECONNREFUSED');
  });

  it('leaves what is a StateError already as it is', () => {
    const error = new StateError('STATE_CLOSED', 'closed');
    expect(stateErrorOf(error, SENT)).to.equal(error);
  });

  it('says how long it waited, who went away, and what is closed', () => {
    expect(timeoutError(SENT, 250)).to.include({ code: 'STATE_TIMEOUT', ambiguous: true });
    expect(timeoutError(NOT_SENT, 250).message).to.equal('INCRBY at Redis 10.0.0.1:6379: no answer within 250 ms');
    expect(abortError(SENT, new Error('gone'))).to.include({ code: 'STATE_ABORTED', ambiguous: true });
    expect((abortError(NOT_SENT, 'gone') as { cause?: unknown }).cause).to.equal('gone');
    expect(closedError('get')).to.include({ code: 'STATE_CLOSED', ambiguous: false });
    expect(closedError('set', true)).to.include({ ambiguous: true });
    expect(notConnectedError('get', 'a:1', null).message).to.equal('GET: not connected to Redis a:1');
    expect(notConnectedError('get', 'a:1', 'ETIMEDOUT').message).to.contain('(ETIMEDOUT)');
  });

  it('knows a script the node has not seen from every other error', () => {
    expect(isUnknownScript(reply('NOSCRIPT No matching script. Please use EVAL.'))).to.equal(true);
    expect(isUnknownScript(reply('READONLY'))).to.equal(false);
    expect(isUnknownScript(new Error('NOSCRIPT'))).to.equal(false);
    expect(isUnknownScript(undefined)).to.equal(false);
  });
});
