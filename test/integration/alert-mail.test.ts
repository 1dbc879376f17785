import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Alert, Notification } from '../../src/scaling/alerts/alert.ts';
import { type EmailOptions, emailSender } from '../../src/scaling/alerts/email-sender.ts';
import { QueuedChannel } from '../../src/scaling/alerts/queued-channel.ts';

const PASSWORD = 'a-very-secret-word';

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: string;
  readonly text: string;
}

describe('alerts by mail', () => {
  let mails: Mail[];
  let server: SMTPServer;
  let logged: string[];
  const channels: QueuedChannel[] = [];

  async function listen(options: SMTPServerOptions = {}): Promise<number> {
    mails = [];
    server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      onData: async (stream, session, callback) => {
        const raw = (await stream.setEncoding('utf8').toArray()).join('');
        const [headers = '', ...body] = raw.split('\r\n\r\n');
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          headers,
          text: body.join('\r\n\r\n'),
        });
        callback();
      },
      ...options,
    });
    server.on('error', () => {}); // clients that go away
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return (listening.address() as AddressInfo).port;
  }

  function channel(port: number, given: Partial<EmailOptions> = {}, attempts = 3): QueuedChannel {
    logged = [];
    const sender = emailSender({
      host: '127.0.0.1',
      port,
      secure: false,
      user: '',
      password: '',
      from: 'tidegate@example.org',
      to: ['ops@example.org', 'eve@example.org'],
      ...given,
    });
    const created = new QueuedChannel({
      sender,
      log: (level, message) => logged.push(`${level} ${message}`),
      attempts,
      backoffMs: 1,
    });
    channels.push(created);
    return created;
  }

  function telling(given: Partial<Alert> = {}): Notification {
    const alert: Alert = {
      key: 'health/disk',
      state: 'firing',
      severity: 'critical',
      sentence: '98 % of the disk is used',
      startedAtMs: 1_700_000_000_000,
      atMs: 1_700_000_000_000,
      instance: 'shop',
      ...given,
    };
    return { instance: 'shop', atMs: alert.atMs, alerts: [alert] };
  }

  afterEach(async () => {
    await Promise.all(channels.splice(0).map((open) => open.close(0)));
    await new Promise<void>((resolve) => server.close(resolve));
  });

  it('reach each receiver, once', async () => {
    const subject = channel(await listen());
    subject.deliver(telling());
    await subject.close(10_000);
    expect(mails).to.have.length(1);
    const [{ from, to, headers, text }] = mails as [Mail];
    expect([from, to]).to.deep.equal(['tidegate@example.org', ['ops@example.org', 'eve@example.org']]);
    expect(headers).to.match(/^Subject: \[critical\] shop: health\/disk: 98 % of the disk is used\r$/m);
    expect(headers).to.match(/^Auto-Submitted: auto-generated\r$/m);
    expect(text).to.include('critical: health/disk\r\n  98 % of the disk is used\r\n');
    expect(subject.status()).to.include({ delivered: 1, failed: 0, waiting: 0, lastError: null });
  });

  it('carry no header and no receiver that a sentence brings', async () => {
    const subject = channel(await listen());
    const evil = 'x\r\nBcc: mallory@example.org\r\n\r\nbody\r\n.\r\nMAIL FROM:<mallory@example.org>';
    subject.deliver(telling({ key: evil, sentence: evil }));
    await subject.close(10_000);
    expect(mails).to.have.length(1);
    expect(mails[0]?.to).to.deep.equal(['ops@example.org', 'eve@example.org']);
    expect(mails[0]?.headers).to.not.match(/^Bcc:/im);
    expect(mails[0]?.headers.match(/^From:/gim)).to.have.length(1);
  });

  it('are tried again while the server is busy', async () => {
    let asked = 0;
    const port = await listen({
      onMailFrom: (_address, _session, callback) => {
        asked += 1;
        callback(asked < 3 ? Object.assign(new Error('later'), { responseCode: 451 }) : null);
      },
    });
    const subject = channel(port);
    subject.deliver(telling());
    await subject.close(10_000);
    expect([asked, mails.length, logged]).to.deep.equal([3, 1, []]);
  });

  it('are given up when the server refuses them, without a secret in the log', async () => {
    const port = await listen({
      authOptional: false,
      authMethods: ['PLAIN'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, callback) => callback(new Error(`${password} is wrong`)),
    });
    const subject = channel(port, { user: 'tidegate', password: PASSWORD });
    subject.deliver(telling());
    await subject.close(10_000);
    expect(logged).to.deep.equal([
      'warn the e-mail did not get "health/disk" (firing): the mail server answered 535 (EAUTH)',
    ]);
    expect(JSON.stringify(subject.status())).to.not.include(PASSWORD);
  });

  it('log in where a user is given', async () => {
    const seen: unknown[] = [];
    const port = await listen({
      authOptional: false,
      authMethods: ['PLAIN'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) => {
        seen.push([username, password]);
        callback(null, { user: username });
      },
    });
    const subject = channel(port, { user: 'tidegate', password: PASSWORD });
    subject.deliver(telling());
    await subject.close(10_000);
    expect(seen).to.deep.equal([['tidegate', PASSWORD]]);
    expect(mails).to.have.length(1);
  });

  it('name the fault when nobody listens', async () => {
    const port = await listen();
    await new Promise<void>((resolve) => server.close(resolve));
    const subject = channel(port, {}, 1);
    expect(await subject.test(telling())).to.deep.equal({ channel: 'email', delivered: false, detail: 'ESOCKET' });
    await listen();
  });

  it('are cut short by the end of the runtime, even when the server says nothing', async () => {
    const port = await listen({ onConnect: () => {} });
    const subject = channel(port);
    subject.deliver(telling());
    await subject.close(20);
    expect(logged).to.deep.equal(['warn the e-mail did not get "health/disk" (firing): the runtime is stopping']);
  });
});
