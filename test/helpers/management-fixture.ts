/** A control API on a free port, over services in memory. */
import type { Config } from '../../config/schema.ts';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { type Exchange, type Reply, send } from './management-client.ts';
import { MemoryServices, STARTED_AT_MS } from './management-services.ts';

/** What the server takes for the time. */
export const NOW_MS = STARTED_AT_MS + 60_000;

export class ManagementFixture {
  readonly services: MemoryServices;
  readonly server: ScalingServer;
  /** What the server told its log, not its clients. */
  readonly failures: string[] = [];
  port = 0;

  constructor(overrides: Partial<Config> = {}) {
    this.services = new MemoryServices(overrides);
    const onError = (error: unknown, what: string): void => {
      this.failures.push(`${what}: ${(error as Error).message}`);
    };
    this.server = new ScalingServer(this.services, { nowMs: () => NOW_MS, onError });
  }

  static async start(overrides: Partial<Config> = {}): Promise<ManagementFixture> {
    const fixture = new ManagementFixture(overrides);
    fixture.port = (await fixture.server.listenTcp('127.0.0.1', 0)).port;
    return fixture;
  }

  close(): Promise<void> {
    return this.server.close(1_000);
  }

  send(path: string, exchange?: Exchange): Promise<Reply> {
    return send({ port: this.port }, path, exchange);
  }

  get(path: string): Promise<Reply> {
    return this.send(path);
  }

  post(path: string, body?: unknown): Promise<Reply> {
    return this.send(path, { method: 'POST', body });
  }
}

/** What scripts go by. */
export function statusAndCode({ status, json }: Reply): { readonly status: number; readonly code: string } {
  return { status, code: json?.code };
}
