import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A webhook's receiver and a mail server, both real, which keep what they are told. */
export class AlertReceivers {
  /** `warning health/disk`, in the order in which they came. */
  readonly posts: string[] = [];
  /** The same of mails, read from their subjects. */
  readonly mails: string[] = [];
  readonly #web: Server;
  readonly #smtp: SMTPServer;

  private constructor() {
    this.#web = createServer(async (request, response) => {
      const { alerts } = (await json(request)) as { alerts: { key: string; state: string; severity: string }[] };
      for (const { key, state, severity } of alerts)
        this.posts.push(`${state === 'resolved' ? state : severity} ${key}`);
      response.end();
    });
    this.#smtp = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData: async (stream, _session, callback) => {
        const text = (await stream.setEncoding('utf8').toArray()).join('');
        for (const [, kind, key] of text.matchAll(/^(warning|critical|resolved): (\S+)\r$/gm)) {
          this.mails.push(`${kind} ${key}`);
        }
        callback();
      },
    });
    this.#smtp.on('error', () => {}); // clients that are killed
  }

  static async start(): Promise<AlertReceivers> {
    const receivers = new AlertReceivers();
    receivers.#web.listen(0, '127.0.0.1');
    const smtp = receivers.#smtp.listen(0, '127.0.0.1');
    await Promise.all([once(receivers.#web, 'listening'), once(smtp, 'listening')]);
    return receivers;
  }

  /** Options that make a runtime tell both of them, each alert at once. */
  get env(): Readonly<Record<string, string>> {
    const web = (this.#web.address() as AddressInfo).port;
    const smtp = (this.#smtp.server.address() as AddressInfo).port;
    return {
      ALERT_WEBHOOK_URL: `http://127.0.0.1:${web}/`,
      SMTP_URL: `smtp://127.0.0.1:${smtp}`,
      ALERT_EMAIL_TO: 'ops@example.org',
      ALERT_GROUP_MS: '0',
    };
  }

  /** What both have heard of one alert. */
  of(key: string): { readonly posts: readonly string[]; readonly mails: readonly string[] } {
    const about = (line: string): boolean => line.endsWith(` ${key}`);
    const words = (lines: readonly string[]): string[] =>
      lines.filter(about).map((line) => line.split(' ')[0] as string);
    return { posts: words(this.posts), mails: words(this.mails) };
  }

  /** Begins anew. */
  forget(): void {
    this.posts.length = 0;
    this.mails.length = 0;
  }

  async stop(): Promise<void> {
    this.#web.closeAllConnections();
    this.#web.close();
    await new Promise<void>((resolve) => this.#smtp.close(resolve));
  }
}
