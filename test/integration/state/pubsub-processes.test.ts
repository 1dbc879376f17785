import { expect } from 'chai';
import { until } from '../../helpers/runtime.ts';
import { BACKENDS, type Backend } from './cache-backends.ts';
import { type Member, startFleet } from './cache-fleet.ts';
import type { Received } from './cache-process.ts';

const MESSAGES = 10_000;
const RECONNECT_MS = 2_000;

for (const { name, available, start } of BACKENDS) {
  describe(`pub/sub between two processes over ${name}`, function () {
    this.timeout(60_000);
    let backend: Backend | undefined;
    let members: Member[] = [];

    before(async function () {
      if (!available()) this.skip();
      backend = await start();
      members = await startFleet(backend.reach, 2);
    });

    after(async () => {
      await Promise.all(members.map((member) => member.kill()));
      await backend?.stop();
    });

    it('brings 10,000 messages each way in order, none lost', async () => {
      const [alice, bob] = members as [Member, Member];
      await Promise.all([
        alice.tell({ kind: 'listen', channel: 'user:alice' }),
        bob.tell({ kind: 'listen', channel: 'user:bob' }),
      ]);
      const failed = await Promise.all([
        alice.tell({ kind: 'publish', channel: 'user:bob', from: 1, to: MESSAGES }),
        bob.tell({ kind: 'publish', channel: 'user:alice', from: 1, to: MESSAGES }),
      ]);
      expect(failed).to.deep.equal([0, 0]);
      for (const [member, channel] of [[alice, 'user:alice'] as const, [bob, 'user:bob'] as const]) {
        const got = await until('the last message', async () => {
          const all = await member.tell<Received | null>({ kind: 'received', channel });
          return all?.last === MESSAGES && all;
        });
        expect(got).to.include({ numbers: MESSAGES, jumps: 0, lost: 0 });
        if (process.env.TIDEGATE_FIGURES) {
          const seconds = Number(BigInt(got.lastNs) - BigInt(got.firstNs)) / 1e9;
          console.log(`      ${Math.round(MESSAGES / seconds)} messages/s each way`);
        }
      }
    });

    it(`hears again within ${RECONNECT_MS} ms of a restart of the store`, async function () {
      if (name.includes('Cluster')) this.skip();
      const [alice, bob] = members as [Member, Member];
      await bob.tell({ kind: 'listen', channel: 'platform' });
      await backend?.restart();
      const sinceMs = performance.now();
      let number = 0;
      const got = await until('a message', async () => {
        number += 1;
        await alice.tell({ kind: 'publish', channel: 'platform', from: number, to: number });
        return bob.tell<Received | null>({ kind: 'received', channel: 'platform' });
      });
      const tookMs = performance.now() - sinceMs;
      if (process.env.TIDEGATE_FIGURES) console.log(`      after ${Math.round(tookMs)} ms`);
      expect(got.numbers).to.be.at.least(1);
      expect(tookMs).to.be.at.most(RECONNECT_MS);
    });
  });
}
