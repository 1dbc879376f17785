import { expect } from 'chai';
import { KeepAliveClients } from '../helpers/keep-alive-clients.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

interface Balancer {
  readonly movesOrdered: number;
  readonly upstreams: readonly { readonly connections: number }[];
}

/** Observations after which connections would have moved, were that wanted: the first moves come after 3 to 5. */
const OBSERVATIONS = 9;
const CLIENTS = 16;

for (const algorithm of ['ip-hash', 'consistent-hash']) {
  describe(`with ${algorithm}`, function () {
    this.timeout(60_000);
    let runtime: Runtime;
    let clients: KeepAliveClients;

    before(async () => {
      runtime = await Runtime.start(fixture('http.cjs'), { args: ['--lb-algorithm', algorithm, '-i', '2'] });
      clients = new KeepAliveClients(runtime.url, CLIENTS);
    });

    after(async () => {
      await clients?.stop();
      await runtime?.stop();
    });

    it('a client stays with its worker, however uneven the load is', async () => {
      const decisions = async (): Promise<number> => {
        const { body } = await runtime.api<{ record: { id: number } }>('GET', '/scaling/decisions/last');
        return body.record.id;
      };
      await until('the first decision', () =>
        runtime.api('GET', '/scaling/decisions/last').then(({ status }) => status === 200),
      );
      const before = await decisions();
      await until('later observations', async () => (await decisions()) >= before + OBSERVATIONS, 40_000);

      const { body } = await runtime.api<Balancer>('GET', '/loadbalancer/status');
      expect(body.movesOrdered).to.equal(0);
      expect(body.upstreams.reduce((sum, { connections }) => sum + connections, 0)).to.equal(CLIENTS);
      expect(clients.failures).to.deep.equal([]);
    });
  });
}
