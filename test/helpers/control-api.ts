/** A small server that answers like the control API, for tests of its clients. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { ClusterStatus, LogLine, ReloadStatus } from '../../src/ipc/status.ts';

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}
export type Handler = (response: ServerResponse, call: Call) => void;

/** An HTTP server that answers as the control API does: JSON, and problem+json for refusals. */
export class ControlApi {
  readonly calls: Call[] = [];
  readonly routes: Record<string, Handler>;
  readonly #server: Server;

  constructor(routes: Record<string, Handler>) {
    this.routes = {
      'GET /scaling/status': json({}),
      'GET /cluster/memory': json({ limitBytes: null, workers: [] }),
      'GET /scaling/decisions/last': json(decision(7, 'Holding 2 workers: nothing asks for more.')),
      ...routes,
    };
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async listen(where: string | number): Promise<AddressInfo> {
    if (typeof where === 'string') mkdirSync(path.dirname(where), { recursive: true });
    this.#server.listen(where);
    await once(this.#server, 'listening');
    return this.#server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { method = '', url = '' } = request;
    const call = { method, url, authorization: request.headers.authorization, body: text && JSON.parse(text) };
    this.calls.push(call);
    const handler = this.routes[`${method} ${url.split('?')[0]}`] ?? problem(404, 'NOT_FOUND', `There is no ${url}`);
    handler(response, call);
  }
}

export function json(body: unknown, status = 200): Handler {
  return (response) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

export function problem(status: number, code: string, detail: string): Handler {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', title: 'Error', status, code, detail }));
  };
}

export function decision(
  id: number,
  sentence: string,
): { readonly record: object; readonly explanation: readonly string[] } {
  return { record: { id, sentence, desired: 2 }, explanation: [sentence, 'rule cpu-high: 41 % (≥ 80 %)'] };
}

export function cluster(fields: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    name: 'api',
    script: '/srv/server.js',
    pid: process.pid,
    startedAtMs: Date.now() - 65_000,
    generation: 1,
    desired: 2,
    ready: 1,
    stopping: false,
    addresses: ['127.0.0.1:3001'],
    workers: [
      {
        id: 1,
        slot: 0,
        pid: 4242,
        phase: 'ready',
        generation: 1,
        startedAtMs: Date.now() - 60_000,
        readyAtMs: Date.now() - 59_000,
        restarts: 0,
        balanced: true,
        listening: ['127.0.0.1:3001'],
        sample: null,
        sampleAtMs: null,
        claims: 0,
        ejected: false,
      },
    ],
    receipts: [],
    reload: null,
    crashLoop: { frozen: false, failedStarts: 0, lastHealthyCount: 1, lastFailure: null },
    ...fields,
  };
}

export function reloadStep(replaced: number, outcome: ReloadStatus['outcome'], detail: string): ReloadStatus {
  return {
    generation: 2,
    startedAtMs: 1,
    finishedAtMs: outcome === 'running' ? null : 2,
    replaced,
    total: 2,
    outcome,
    detail,
  };
}

export function logLine(number: number, source = 'w1'): LogLine {
  return { atMs: Date.UTC(2026, 0, 1) + number, source, stream: 'stdout', text: `line ${number}` };
}
