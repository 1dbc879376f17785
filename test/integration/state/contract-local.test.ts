import { LocalState } from '../../../src/scaling/state/embedded/local-state.ts';
import { describeContract } from './contract.ts';

describeContract('LocalState, inside this process', async () => {
  const state = new LocalState({ memoryLimitBytes: 64 * 1024 * 1024 });
  return { state, another: state, answersAtOnce: true, close: () => state.close() };
});
