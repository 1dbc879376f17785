import { expect } from 'chai';
import { describeCalls } from './contract-calls.ts';
import { describeCollections } from './contract-collections.ts';
import { ContractContext, type OpenStore, rejection } from './contract-context.ts';
import { describeCounts } from './contract-counts.ts';
import { describePubSub } from './contract-pubsub.ts';
import { describeRecords } from './contract-records.ts';
import { describeReservations } from './contract-reservations.ts';
import { describeValues } from './contract-values.ts';

export type { OpenStore } from './contract-context.ts';

/** What every driver of SharedState does, whatever keeps the state. `open` is called twice: the second store is closed in the middle. */
export function describeContract(name: string, open: () => Promise<OpenStore>): void {
  describe(`the shared state: ${name}`, () => {
    const context = new ContractContext();
    let store: OpenStore | undefined;

    before(async () => {
      store = await open();
      context.use(store);
    });
    after(async () => {
      context.use(undefined);
      await store?.close();
    });

    describeValues(context);
    describeCounts(context);
    describeCollections(context);
    describeRecords(context);
    describeReservations(context);
    describePubSub(context);
    describeCalls(context);

    it('fails calls under way, and later ones, when it is closed', async () => {
      const closing = await open();
      try {
        const underWay = closing.state.get('key', { timeoutMs: 5_000 });
        const closed = closing.state.close();
        if (closing.answersAtOnce) expect(await underWay).to.equal(undefined);
        else await rejection(underWay, 'STATE_CLOSED');
        await closed;
        await rejection(closing.state.set('key', 'value'), 'STATE_CLOSED');
        await rejection(closing.state.records.read('key'), 'STATE_CLOSED');
        await rejection(
          closing.state.subscribe('channel', () => {}),
          'STATE_CLOSED',
        );
        await closing.state.close();
      } finally {
        await closing.close();
      }
    });
  });
}
