/** 100,000 requests at random to the control API. */
import { rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { routes } from '../../src/scaling/management/routes/index.ts';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { send } from '../helpers/management-client.ts';
import { fuzzedRequest } from '../helpers/management-fuzz.ts';
import { MemoryServices } from '../helpers/management-services.ts';
import { SeededRandom } from '../helpers/seeded-random.ts';

const REQUESTS = 100_000;
const AT_ONCE = 16;
const SEED = 20_261_121;
/** Streams never end: their head is enough, and their connection goes. */
const STREAM = /event-stream|ndjson/;

interface Outcome {
  readonly status: number;
  readonly text: string;
}

function ask(
  port: number,
  agent: Agent,
  target: string,
  exchange: ReturnType<typeof fuzzedRequest>['exchange'],
): Promise<Outcome> {
  const { method = 'GET', headers = {}, body } = exchange;
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const given =
    payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
  return new Promise((resolve) => {
    const outgoing = request(
      { port, host: '127.0.0.1', agent, path: target, method, headers: { ...given, ...headers } },
      (incoming) => {
        const status = incoming.statusCode ?? 0;
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('error', () => resolve({ status, text }));
        incoming.on('end', () => resolve({ status, text }));
        if (STREAM.test(incoming.headers['content-type'] ?? '')) {
          outgoing.destroy();
          resolve({ status, text });
        }
      },
    );
    // What is no HTTP any more is answered by the end of the connection.
    outgoing.on('error', () => resolve({ status: 0, text: '' }));
    outgoing.end(payload);
  });
}

describe('100,000 requests at random on the control port', function () {
  this.timeout(600_000);

  it('are answered one by one: no crash, no 500, and afterwards all is as before', async () => {
    const faults: string[] = [];
    const token = 'a'.repeat(24);
    const services = new MemoryServices({ managementTokens: [`admin:${token}`], managementLoginAttempts: 1_000 });
    let recorded = 0;
    services.workers = {
      restart: async (id) => id + 1,
      record: async (id, { kind }) => {
        recorded += 1;
        const file = path.join(tmpdir(), `tidegate-fuzz-${process.pid}-${recorded}`);
        writeFileSync(file, '{}');
        return { file, fileName: `shop-w${id}.${kind}`, bytes: 2, pausedMs: 1, remove: () => rmSync(file) };
      },
    };
    const server = new ScalingServer(services, {
      onError: (error, what) => faults.push(`${what}: ${(error as Error).stack}`),
      limits: { maxConnections: 1_000 },
    });
    const { port } = await server.listenTcp('127.0.0.1', 0);
    const login = await send({ port }, '/login', { method: 'POST', body: { token } });
    const cookie = String(login.headers['set-cookie']?.[0]).split(';')[0] as string;
    const credentials = [
      { authorization: `Bearer ${token}` },
      { cookie, 'x-csrf-token': login.json.csrfToken },
      { cookie },
    ];
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const random = new SeededRandom(SEED);
    const statuses = new Map<number, number>();
    let left = REQUESTS;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        // A stop is taken at its word; the runtime that is on its way out would refuse the rest.
        services.state = { ...services.state, stopping: false };
        services.auditEntries.length = 0;
        services.commands.length = 0;
        const fuzzed = fuzzedRequest({ routes, random, host: `127.0.0.1:${port}`, credentials });
        const { status, text } = await ask(port, agent, fuzzed.path, fuzzed.exchange);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 500 && status !== 503) faults.push(`${fuzzed.exchange.method} ${fuzzed.path}: ${status} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    agent.destroy();

    expect(faults).to.deep.equal([]);
    // The requests got through to where something happens, and to every kind of refusal.
    for (const status of [200, 202, 400, 401, 403, 404, 405, 415, 421]) {
      expect(statuses.get(status) ?? 0, String([...statuses])).to.be.above(40);
    }
    const bearing = { headers: { authorization: `Bearer ${token}` } };
    expect((await send({ port }, '/cluster/status', bearing)).status).to.equal(200);
    expect(server.eventClientCount).to.equal(0);
    await server.close(2_000);
  });
});
