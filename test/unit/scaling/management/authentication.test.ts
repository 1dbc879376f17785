import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { type Access, Authentication, type Caller } from '../../../../src/scaling/management/authentication.ts';
import type { ProblemError } from '../../../../src/scaling/management/problem.ts';

const TOKENS = { viewer: 'v'.repeat(16), operator: 'o'.repeat(16), admin: 'a:with:colons-and-more' } as const;
const configured = Object.entries(TOKENS).map(([role, token]) => `${role}:${token}`);
const tcp = { kind: 'tcp', host: '127.0.0.1' } as const;

function arriving(authorization?: string, localAddress = '127.0.0.1'): IncomingMessage {
  return {
    headers: { authorization },
    socket: { remoteAddress: '192.0.2.7', localAddress },
  } as unknown as IncomingMessage;
}

function outcome(tokens: readonly string[], request: IncomingMessage, access: Access): Caller | ProblemError {
  try {
    return new Authentication(tokens).admit(request, tcp, access);
  } catch (error) {
    return error as ProblemError;
  }
}

describe('authentication without tokens', () => {
  it('takes everybody on loopback as admin', () => {
    const caller = { who: 'loopback', role: 'admin', from: '192.0.2.7' };
    expect(outcome([], arriving(), 'admin')).to.deep.equal(caller);
  });

  it('takes nobody on a connection that did not come to a loopback address', () => {
    expect(outcome([], arriving(undefined, '192.0.2.1'), 'viewer')).to.include({ status: 401, code: 'TOKEN_REQUIRED' });
  });
});

describe('authentication with tokens', () => {
  const roles = ['viewer', 'operator', 'admin'] as const;
  for (const [rank, role] of roles.entries()) {
    for (const [needed, access] of roles.entries()) {
      const verb = rank >= needed ? 'admits' : 'refuses';
      it(`${verb} the ${role} token where ${access} is needed`, () => {
        const result = outcome(configured, arriving(`Bearer ${TOKENS[role]}`), access);
        if (rank >= needed) expect(result).to.include({ role, from: '192.0.2.7' });
        else expect(result).to.include({ status: 403, code: 'FORBIDDEN' });
      });
    }
  }

  it('admits a token of any role where only a token is asked for', () => {
    expect(outcome(configured, arriving(`bearer  ${TOKENS.viewer}`), 'token')).to.include({ role: 'viewer' });
  });

  it('asks nothing of a public route', () => {
    expect(outcome(configured, arriving(), 'public')).to.include({ who: 'anybody', role: 'viewer' });
  });

  for (const authorization of [undefined, '', 'Bearer', `Basic ${TOKENS.admin}`, `Bearer ${TOKENS.admin} more`]) {
    it(`answers 401 with a challenge to ${JSON.stringify(authorization)}`, () => {
      const problem = outcome(configured, arriving(authorization), 'viewer') as ProblemError;
      expect(problem).to.include({ status: 401, code: 'TOKEN_REQUIRED' });
      expect(problem.options.headers).to.deep.equal({ 'WWW-Authenticate': 'Bearer realm="tidegate"' });
    });
  }

  for (const token of [TOKENS.admin.slice(0, -1), `${TOKENS.admin}x`, `admin:${TOKENS.admin}`]) {
    it(`refuses the wrong token ${token}`, () => {
      expect(outcome(configured, arriving(`Bearer ${token}`), 'viewer')).to.include({ code: 'TOKEN_INVALID' });
    });
  }

  it('names the caller by a fingerprint and never by the token', () => {
    const fingerprint = createHash('sha256').update(TOKENS.operator).digest('hex').slice(0, 8);
    expect(outcome(configured, arriving(`Bearer ${TOKENS.operator}`), 'operator')).to.deep.equal({
      who: `token ${fingerprint}`,
      role: 'operator',
      from: '192.0.2.7',
    });
  });

  it('takes whoever opened the socket as admin, without a token', () => {
    const caller = new Authentication(configured).admit(arriving(), { kind: 'socket' }, 'admin');
    expect(caller).to.deep.equal({ who: 'command line', role: 'admin', from: 'socket' });
  });
});
