import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { GuessLimit } from '../../../../src/scaling/management/access/guess-limit.ts';
import { Sessions } from '../../../../src/scaling/management/access/sessions.ts';
import { StaticTokens } from '../../../../src/scaling/management/access/static-tokens.ts';
import { type Access, Authentication, type Caller } from '../../../../src/scaling/management/authentication.ts';
import type { ProblemError } from '../../../../src/scaling/management/problem.ts';

const TOKENS = { viewer: 'v'.repeat(16), operator: 'o'.repeat(16), admin: 'a:with:colons-and-more' } as const;
const configured = Object.entries(TOKENS).map(([role, token]) => `${role}:${token}`);
const tcp = { kind: 'tcp', host: '127.0.0.1' } as const;

interface Arrival {
  readonly authorization?: string | undefined;
  readonly localAddress?: string;
  readonly remoteAddress?: string;
  readonly method?: string;
  readonly cookie?: string;
  readonly csrf?: string;
}

function arriving(arrival: Arrival = {}): IncomingMessage {
  const { authorization, localAddress = '127.0.0.1', remoteAddress = '192.0.2.7', method = 'GET' } = arrival;
  return {
    method,
    headers: { authorization, cookie: arrival.cookie, 'x-csrf-token': arrival.csrf },
    socket: { remoteAddress, localAddress, localPort: 9001 },
  } as unknown as IncomingMessage;
}

/** With secrets that count up, and a clock in the test's hand. */
function authentication(tokens: readonly string[], clock = { nowMs: 1_000_000 }): Authentication {
  let secrets = 0;
  return new Authentication({
    tokens: new StaticTokens(tokens),
    jwt: null,
    sessions: new Sessions({ lifetimeMs: 60_000, randomText: () => `secret-${++secrets}` }),
    guesses: new GuessLimit({ attempts: 3, windowMs: 10_000 }),
    nowMs: () => clock.nowMs,
  });
}

function outcome(
  of: Authentication | readonly string[],
  request: IncomingMessage,
  access: Access,
): Promise<Caller | ProblemError> {
  const judge = of instanceof Authentication ? of : authentication(of);
  return judge.admit(request, tcp, access).catch((error: ProblemError) => error);
}

describe('authentication without tokens', () => {
  it('takes everybody on loopback as admin', async () => {
    const caller = { who: 'loopback', role: 'admin', from: '192.0.2.7' };
    expect(await outcome([], arriving(), 'admin')).to.deep.equal(caller);
  });

  it('takes nobody on a connection that did not come to a loopback address', async () => {
    expect(await outcome([], arriving({ localAddress: '192.0.2.1' }), 'viewer')).to.include({
      status: 401,
      code: 'TOKEN_REQUIRED',
    });
  });
});

describe('authentication with tokens', () => {
  const roles = ['viewer', 'operator', 'admin'] as const;
  for (const [rank, role] of roles.entries()) {
    for (const [needed, access] of roles.entries()) {
      const verb = rank >= needed ? 'admits' : 'refuses';
      it(`${verb} the ${role} token where ${access} is needed`, async () => {
        const result = await outcome(configured, arriving({ authorization: `Bearer ${TOKENS[role]}` }), access);
        if (rank >= needed) expect(result).to.include({ role, from: '192.0.2.7' });
        else expect(result).to.include({ status: 403, code: 'FORBIDDEN' });
      });
    }
  }

  it('admits a token of any role where only a token is asked for', async () => {
    expect(await outcome(configured, arriving({ authorization: `bearer  ${TOKENS.viewer}` }), 'token')).to.include({
      role: 'viewer',
    });
  });

  it('asks nothing of a public route', async () => {
    expect(await outcome(configured, arriving(), 'public')).to.include({ who: 'anybody', role: 'viewer' });
  });

  for (const authorization of [undefined, '', 'Bearer', `Basic ${TOKENS.admin}`, `Bearer ${TOKENS.admin} more`]) {
    it(`answers 401 with a challenge to ${JSON.stringify(authorization)}`, async () => {
      const problem = (await outcome(configured, arriving({ authorization }), 'viewer')) as ProblemError;
      expect(problem).to.include({ status: 401, code: 'TOKEN_REQUIRED' });
      expect(problem.options.headers).to.deep.equal({ 'WWW-Authenticate': 'Bearer realm="tidegate"' });
    });
  }

  for (const token of [TOKENS.admin.slice(0, -1), `${TOKENS.admin}x`, `admin:${TOKENS.admin}`]) {
    it(`refuses the wrong token ${token}`, async () => {
      expect(await outcome(configured, arriving({ authorization: `Bearer ${token}` }), 'viewer')).to.include({
        code: 'TOKEN_INVALID',
      });
    });
  }

  it('names the caller by a fingerprint and never by the token', async () => {
    const fingerprint = createHash('sha256').update(TOKENS.operator).digest('hex').slice(0, 8);
    expect(
      await outcome(configured, arriving({ authorization: `Bearer ${TOKENS.operator}` }), 'operator'),
    ).to.deep.equal({
      who: `token ${fingerprint}`,
      role: 'operator',
      from: '192.0.2.7',
    });
  });

  it('takes whoever opened the socket as admin, without a token', async () => {
    const caller = await authentication(configured).admit(arriving(), { kind: 'socket' }, 'admin');
    expect(caller).to.deep.equal({ who: 'command line', role: 'admin', from: 'socket' });
  });
});

describe('wrong tokens', () => {
  const guess = (number: number, remoteAddress = '192.0.2.7') =>
    arriving({ authorization: `Bearer wrong-${number}`, remoteAddress });
  const right = arriving({ authorization: `Bearer ${TOKENS.admin}` });

  async function guessed(times: number): Promise<{ judge: Authentication; clock: { nowMs: number } }> {
    const clock = { nowMs: 1_000_000 };
    const judge = authentication(configured, clock);
    for (let number = 0; number < times; number += 1) await outcome(judge, guess(number), 'viewer');
    return { judge, clock };
  }

  it('are answered 401 as often as is allowed, and then nothing from that address is looked at', async () => {
    const { judge } = await guessed(2);
    expect(await outcome(judge, guess(2), 'viewer')).to.include({ status: 401, code: 'TOKEN_INVALID' });
    const refused = (await outcome(judge, right, 'viewer')) as ProblemError;
    expect(refused).to.include({ status: 429, code: 'TOO_MANY_ATTEMPTS' });
    expect(refused.options.headers).to.deep.equal({ 'Retry-After': '10' });
  });

  it('are forgotten after the window', async () => {
    const { judge, clock } = await guessed(3);
    clock.nowMs += 9_999;
    expect(await outcome(judge, right, 'viewer')).to.include({ code: 'TOO_MANY_ATTEMPTS' });
    clock.nowMs += 1;
    expect(await outcome(judge, right, 'viewer')).to.include({ role: 'admin' });
  });

  it('of one address are not held against another', async () => {
    const { judge } = await guessed(3);
    const elsewhere = arriving({ authorization: `Bearer ${TOKENS.admin}`, remoteAddress: '192.0.2.8' });
    expect(await outcome(judge, elsewhere, 'viewer')).to.include({ role: 'admin' });
  });

  it('that are always the same one guess nothing, and lock nobody out', async () => {
    const judge = authentication(configured);
    for (let times = 0; times < 50; times += 1) {
      expect(await outcome(judge, guess(1), 'viewer')).to.include({ code: 'TOKEN_INVALID' });
    }
    expect(await outcome(judge, right, 'viewer')).to.include({ role: 'admin' });
  });

  it('are limited at the login as well', async () => {
    const { judge } = await guessed(3);
    const error = await judge.login(arriving(), TOKENS.admin).catch((thrown: ProblemError) => thrown);
    expect(error).to.include({ status: 429, code: 'TOO_MANY_ATTEMPTS' });
  });
});

describe('a session of the dashboard', () => {
  const cookieOf = (header: string): string => header.split(';')[0] as string;

  it('lives in a cookie that scripts and other sites do not get, named after the port', async () => {
    const { cookie } = await authentication(configured).login(arriving(), TOKENS.operator);
    expect(cookie).to.equal('tidegate-9001=secret-1; Path=/; Max-Age=60; HttpOnly; SameSite=Strict');
  });

  it('reads with the cookie alone, and changes only with its CSRF token', async () => {
    const judge = authentication(configured);
    const { cookie: header, session } = await judge.login(arriving(), TOKENS.operator);
    const cookie = cookieOf(header);
    expect(await outcome(judge, arriving({ cookie }), 'viewer')).to.include({ role: 'operator' });
    for (const csrf of [undefined, '', 'secret-1', `${session.csrfToken}x`]) {
      const request = arriving({ cookie, method: 'POST', ...(csrf === undefined ? {} : { csrf }) });
      expect(await outcome(judge, request, 'operator')).to.include({ status: 403, code: 'CSRF_TOKEN_INVALID' });
    }
    const proven = arriving({ cookie, method: 'POST', csrf: session.csrfToken });
    expect(await outcome(judge, proven, 'operator')).to.include({ role: 'operator' });
    expect(await outcome(judge, proven, 'admin')).to.include({ status: 403, code: 'FORBIDDEN' });
  });

  it('ends after its time, and with a logout', async () => {
    const clock = { nowMs: 1_000_000 };
    const judge = authentication(configured, clock);
    const first = cookieOf((await judge.login(arriving(), TOKENS.viewer)).cookie);
    const second = cookieOf((await judge.login(arriving(), TOKENS.viewer)).cookie);
    const removal = judge.logout(arriving({ cookie: first }));
    expect(removal).to.match(/^tidegate-9001=; .*Max-Age=0/);
    expect(await outcome(judge, arriving({ cookie: first }), 'viewer')).to.include({ code: 'TOKEN_REQUIRED' });
    clock.nowMs += 59_999;
    expect(await outcome(judge, arriving({ cookie: second }), 'viewer')).to.include({ role: 'viewer' });
    clock.nowMs += 1;
    expect(await outcome(judge, arriving({ cookie: second }), 'viewer')).to.include({ code: 'TOKEN_REQUIRED' });
  });

  it('admits a stream for as long as it lasts', async () => {
    const clock = { nowMs: 1_000_000 };
    const judge = authentication(configured, clock);
    const opened = async () => {
      const request = arriving({ cookie: cookieOf((await judge.login(arriving(), TOKENS.viewer)).cookie) });
      return { request, caller: await judge.admit(request, tcp, 'viewer') };
    };
    const [first, second] = [await opened(), await opened()];
    expect(judge.isStillAdmitted(first.request, first.caller)).to.equal(true);
    judge.logout(first.request);
    expect(judge.isStillAdmitted(first.request, first.caller)).to.equal(false);
    expect(judge.isStillAdmitted(second.request, second.caller)).to.equal(true);
    clock.nowMs += 60_000;
    expect(judge.isStillAdmitted(second.request, second.caller)).to.equal(false);
  });

  it('matters to no stream that came by a token or over the socket', async () => {
    const clock = { nowMs: 1_000_000 };
    const judge = authentication(configured, clock);
    const request = arriving({ authorization: `Bearer ${TOKENS.viewer}` });
    const caller = await judge.admit(request, tcp, 'viewer');
    const bySocket = await judge.admit(arriving(), { kind: 'socket' }, 'viewer');
    clock.nowMs += 86_400_000;
    expect(judge.isStillAdmitted(request, caller)).to.equal(true);
    expect(judge.isStillAdmitted(arriving(), bySocket)).to.equal(true);
    const expiring = { ...caller, expiresAtMs: clock.nowMs };
    expect(judge.isStillAdmitted(request, expiring), 'a web token that has expired').to.equal(false);
  });

  it('is not opened by a wrong token', async () => {
    const error = await authentication(configured)
      .login(arriving(), 'wrong')
      .catch((thrown: ProblemError) => thrown);
    expect(error).to.include({ status: 401, code: 'TOKEN_INVALID' });
  });

  it('does not stand in for a token that is wrong', async () => {
    const judge = authentication(configured);
    const cookie = cookieOf((await judge.login(arriving(), TOKENS.admin)).cookie);
    const both = arriving({ cookie, authorization: 'Bearer wrong' });
    expect(await outcome(judge, both, 'viewer')).to.include({ code: 'TOKEN_INVALID' });
  });
});
