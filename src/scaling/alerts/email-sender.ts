import type { Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { isLoopbackHost } from '../management/loopback.ts';
import type { Outcome, Sender } from './delivery.ts';
import { emailMessage } from './email-message.ts';

export interface EmailOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS is used where the server offers it, and demanded before a password is sent to another machine. */
  readonly secure: boolean;
  /** Empty: no login. */
  readonly user: string;
  readonly password: string;
  readonly from: string;
  readonly to: readonly string[];
  /** For one attempt. */
  readonly timeoutMs?: number;
}

/** Sends notifications by SMTP. nodemailer (1 MB) is loaded for the first of them. */
export function emailSender(options: EmailOptions): Sender {
  let transport: Promise<Transporter> | undefined;
  return {
    name: 'email',
    label: 'e-mail',
    send: async (notification, signal) => {
      transport ??= createTransport(options);
      let onAbort = (): void => {};
      const aborted = new Promise<Outcome>((resolve) => {
        onAbort = () => resolve({ kind: 'failed', why: 'it was cut short', retryAfterMs: 0 });
        signal.addEventListener('abort', onAbort);
      });
      try {
        const { from, to } = options;
        const sent = (await transport)
          .sendMail({
            from,
            to: [...to],
            ...emailMessage(notification),
            // Keeps holiday notices from coming back (RFC 3834).
            headers: { 'Auto-Submitted': 'auto-generated' },
          })
          .then((): Outcome => ({ kind: 'delivered' }), judge);
        return await Promise.race([sent, aborted]);
      } catch (error) {
        transport = undefined;
        return judge(error);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

async function createTransport(options: EmailOptions): Promise<Transporter> {
  const { default: nodemailer } = await import('nodemailer');
  return nodemailer.createTransport(transportOptions(options));
}

/** As nodemailer takes them. */
export function transportOptions(options: EmailOptions): SMTPTransport.Options {
  const { host, port, secure, user, password, timeoutMs = 10_000 } = options;
  return {
    host,
    port,
    secure,
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    // Whoever is in between could take the offer of STARTTLS out, and read the password.
    requireTLS: user !== '' && !secure && !isLoopbackHost(host),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A message is text of ours: nothing in it is a file or an address to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Codes only: the server's own words may repeat user names and addresses. */
function judge(error: unknown): Outcome {
  const { code, responseCode } = Object(error) as { code?: unknown; responseCode?: unknown };
  const named = typeof code === 'string' ? code : 'an unknown error';
  if (typeof responseCode !== 'number') return { kind: 'failed', why: named, retryAfterMs: 0 };
  const why = `the mail server answered ${responseCode} (${named})`;
  // 4xx means "not now", 5xx "never" (RFC 5321, 4.2.1).
  return responseCode >= 500 ? { kind: 'refused', why } : { kind: 'failed', why, retryAfterMs: 0 };
}
