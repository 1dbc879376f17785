import { connect } from 'node:net';
import type { CheckOptions } from '../options.ts';
import { FieldTable } from '../wire/field-table.ts';
import { headEnd } from '../wire/head-end.ts';
import { readResponseHead } from '../wire/response-head.ts';
import { afterCheck } from './check-state.ts';
import { proxyHeader, type Upstream } from './upstream.ts';

const MAX_HEAD_BYTES = 16_384;
/** A check is nobody's request. */
const NOBODY = { client: null, server: { address: '', port: 0 } };
const table = new FieldTable();

export interface HealthCheckSettings extends Required<CheckOptions> {
  readonly timeoutMs: number;
  readonly onChange: (upstream: Upstream, up: boolean) => void;
}

/** Asks every upstream, each on a connection of its own, whether it answers; a round ends when all have, or are late. */
export class HealthChecks {
  readonly #settings: HealthCheckSettings;
  readonly #members: () => readonly Upstream[];

  constructor(settings: HealthCheckSettings, members: () => readonly Upstream[]) {
    this.#settings = settings;
    this.#members = members;
  }

  async round(): Promise<void> {
    await Promise.all(this.#members().map((upstream) => this.#check(upstream)));
  }

  async #check(upstream: Upstream): Promise<void> {
    const { path, timeoutMs, rise, fall, onChange } = this.#settings;
    const ok = await answers(upstream, path, timeoutMs);
    const before = upstream.check;
    upstream.check = afterCheck(before, ok, rise, fall);
    if (upstream.check.up !== before.up) onChange(upstream, upstream.check.up);
  }
}

/** It answers in time with a status below 500. */
function answers(upstream: Upstream, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...upstream.address, noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    const settle = (ok: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(ok);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    timer.unref();
    socket.on('connect', () => {
      if (upstream.sendProxy !== undefined) socket.write(proxyHeader(upstream.sendProxy, NOBODY));
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: health-check\r\nUser-Agent: tidegate-check\r\nConnection: close\r\n\r\n`,
      );
    });
    socket.on('data', (chunk: Buffer) => {
      const checked = received.length;
      received = Buffer.concat([received, chunk]);
      try {
        const end = headEnd(received, checked, MAX_HEAD_BYTES);
        if (end !== -1) settle(readResponseHead(received.toString('latin1', 0, end), 'GET', table).status < 500);
      } catch {
        settle(false);
      }
    });
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
  });
}
