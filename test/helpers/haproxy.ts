/** A real HAProxy with a configuration of this repository, and the DNS that it asks for the app's addresses. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask } from './ask.ts';
import { freePorts } from './free-port.ts';
import { ROOT, until } from './runtime.ts';

export const HAPROXY_MISSING =
  spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status === 0 ? '' : ' (skipped: haproxy is not installed)';
export const HAPROXY_CFG = path.join(ROOT, 'haproxy.cfg');

const DNS_HEADER_BYTES = 12;
const TYPE_A = 1;

/** Answers every question for an A record with the same addresses; they may change. */
export class AddressServer {
  addresses: readonly string[];
  readonly #socket: Socket = createSocket('udp4');

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
    this.#socket.on('message', (question, { address, port }) => {
      this.#socket.send(this.#answer(question), port, address);
    });
  }

  async listen(): Promise<string> {
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  /** RFC 1035, 4.1: the question again, and a record for each address whose name points at the question's. */
  #answer(question: Buffer): Buffer {
    let end = DNS_HEADER_BYTES;
    while (question[end] !== 0) end += (question[end] ?? 0) + 1;
    const type = question.readUInt16BE(end + 1);
    const records = type === TYPE_A ? this.addresses : [];
    const header = Buffer.from(question.subarray(0, DNS_HEADER_BYTES));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const answers = records.map((address) =>
      Buffer.from([0xc0, 0x0c, 0, TYPE_A, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]),
    );
    return Buffer.concat([header, question.subarray(DNS_HEADER_BYTES, end + 5), ...answers]);
  }
}

/** One HAProxy on ports of its own. */
export class Haproxy {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly statsPort: number;
  readonly metricsPort: number;
  readonly process: ChildProcess;
  readonly #directory: string;
  output = '';

  private constructor(ports: readonly number[], env: Readonly<Record<string, string>>) {
    [this.httpPort, this.httpsPort, this.statsPort, this.metricsPort] = ports as [number, number, number, number];
    this.#directory = mkdtempSync(path.join(tmpdir(), 'tg-haproxy-'));
    this.process = spawn('haproxy', ['-db', '-f', HAPROXY_CFG], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HTTP_BIND: `127.0.0.1:${this.httpPort}`,
        HTTPS_BIND: `127.0.0.1:${this.httpsPort}`,
        STATS_BIND: `127.0.0.1:${this.statsPort}`,
        METRICS_BIND: `127.0.0.1:${this.metricsPort}`,
        ADMIN_SOCKET: this.#socketPath,
        APP_NAME: 'app.test',
        RATE_LIMIT_PER_10S: '0',
        ...env,
      },
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        this.output += text;
      });
  }

  /** Resolves when `servers` servers are up. */
  static async start(servers: number, env: Readonly<Record<string, string>>): Promise<Haproxy> {
    const haproxy = new Haproxy(await freePorts(4), env);
    try {
      await until(`${servers} servers are up`, async () => {
        if (haproxy.process.exitCode !== null) throw new Error(`haproxy ended: ${haproxy.output}`);
        return (await haproxy.up().catch(() => [])).length === servers;
      });
    } catch (error) {
      await haproxy.stop();
      throw error;
    }
    return haproxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  /** What the admin socket says to one command. */
  async command(text: string): Promise<string> {
    const socket = connect(this.#socketPath);
    await once(socket, 'connect');
    socket.end(`${text}\n`);
    let answer = '';
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
    return answer.trim();
  }

  /** The servers of the backend `app`: name and address, with their state, of those that have an address. */
  async servers(): Promise<readonly { readonly name: string; readonly host: string; readonly status: string }[]> {
    const [head = '', ...lines] = (await this.command('show stat')).split('\n');
    const names = head.replace(/^# /, '').split(',');
    const column = (line: string, name: string): string => line.split(',')[names.indexOf(name)] ?? '';
    return lines
      .filter((line) => line.startsWith('app,app'))
      .map((line) => ({
        name: column(line, 'svname'),
        host: column(line, 'addr').split(':')[0] ?? '',
        status: column(line, 'status'),
      }));
  }

  /** Addresses of servers that take requests. */
  async up(): Promise<readonly string[]> {
    return (await this.servers())
      .filter(({ status }) => status.startsWith('UP'))
      .map(({ host }) => host)
      .sort();
  }

  /** Ends it at once. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill(signal);
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #socketPath(): string {
    return path.join(this.#directory, 'admin.sock');
  }
}

/** Which server answers. */
export async function hostOf(url: string): Promise<string> {
  return JSON.parse((await ask(url)).body).host;
}
