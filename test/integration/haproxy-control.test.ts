/** The frontend of haproxy.cfg that passes the control API of a stack to the scaler that leads. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { ask } from '../helpers/ask.ts';
import { freePort } from '../helpers/free-port.ts';
import { AddressServer, HAPROXY_MISSING, Haproxy } from '../helpers/haproxy.ts';
import { until } from '../helpers/runtime.ts';

const HOSTS = ['127.0.0.2', '127.0.0.3'] as const;

describe(`haproxy.cfg before two scalers${HAPROXY_MISSING}`, function () {
  this.timeout(20_000);
  const dns = new AddressServer(HOSTS);
  const servers: Server[] = [];
  let leader: string | null = HOSTS[0];
  let haproxy: Haproxy | undefined;
  let url = '';

  before(async function () {
    if (HAPROXY_MISSING !== '') return this.skip();
    const [port, control] = [await freePort(), await freePort()];
    for (const host of HOSTS) {
      const server = createServer(({ url: path }, response) => {
        const health = { status: 'ok', role: host === leader ? 'leader' : 'follower' };
        response.end(path === '/health' ? JSON.stringify(health) : host);
      }).listen(port, host);
      await once(server, 'listening');
      servers.push(server);
    }
    haproxy = await Haproxy.start(0, {
      DNS_SERVER: await dns.listen(),
      APP_PORT: String(await freePort()),
      SCALER_NAME: 'scaler.test',
      SCALER_CONTROL_PORT: String(port),
      CONTROL_BIND: `127.0.0.1:${control}`,
    });
    url = `http://127.0.0.1:${control}/cluster/status`;
  });
  after(async () => {
    await haproxy?.stop();
    for (const server of servers) server.close();
    if (HAPROXY_MISSING === '') dns.close();
  });

  /** Empty while HAProxy does not listen yet. */
  const answers = async (): Promise<string> => (await ask(url).catch(() => ({ body: '' }))).body;

  /** HAProxy believes in a server until its first check, so that one answer does not say much. */
  async function answersAlone(host: string): Promise<boolean> {
    for (let request = 0; request < 10; request += 1) if ((await answers()) !== host) return false;
    return true;
  }

  it('asks the one that leads, and the other when that one leads', async () => {
    await until('the leader alone answers', () => answersAlone(HOSTS[0]));
    leader = HOSTS[1];
    await until('the other one alone answers', () => answersAlone(HOSTS[1]));
  });

  it('says so when nobody leads', async () => {
    leader = null;
    const answer = await until('nobody is asked', async () => {
      const { status, headers, body } = await ask(url);
      return status === 503 && { type: headers['content-type'], retry: headers['retry-after'], body: JSON.parse(body) };
    });
    expect(answer).to.deep.include({ type: 'application/problem+json', retry: '5' });
    expect(answer.body).to.include({ status: 503, code: 'NO_LEADER' });
  });
});
