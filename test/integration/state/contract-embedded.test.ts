import { describeContract } from './contract.ts';
import { EmbeddedStore } from './open-embedded.ts';

describe('RemoteState on a store process', () => {
  let store: EmbeddedStore | undefined;

  before(async () => {
    store = await EmbeddedStore.start();
  });
  after(() => store?.stop());

  describeContract('RemoteState, over a unix socket', async () => {
    const [state, another] = await Promise.all([store?.connect(), store?.connect()]);
    if (state === undefined || another === undefined) throw new Error('the store process did not start');
    return {
      state,
      another,
      close: async () => {
        await Promise.all([state.close(), another.close()]);
      },
    };
  });
});
