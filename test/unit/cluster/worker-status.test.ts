import { expect } from 'chai';
import { describeExit } from '../../../src/cluster/worker-status.ts';
import { FakeWorker } from './fixtures/fake-worker.ts';

describe('words for a worker’s end', () => {
  const ready = new FakeWorker(1).asHandle;
  const unready = Object.assign(new FakeWorker(2), { readyAtMs: null }).asHandle;

  it('name its exit code or the signal that ended it', () => {
    expect(describeExit(ready, null, { code: 3, signal: null })).to.equal('exit code 3');
    expect(describeExit(ready, null, { code: null, signal: 'SIGKILL' })).to.equal('signal SIGKILL');
  });

  it('say that there never was a process', () => {
    expect(describeExit(unready, null, { code: null, signal: null })).to.equal('its process could not be started');
  });

  it('say that it never was ready', () => {
    expect(describeExit(unready, null, { code: 1, signal: null })).to.equal('exit code 1 before it was ready');
  });

  it('say why it was killed, with the option to change', () => {
    const exit = { code: null, signal: 'SIGKILL' };
    expect(describeExit(unready, 'start-timeout', exit)).to.equal('it was not ready in time (LISTEN_TIMEOUT_MS)');
    expect(describeExit(ready, 'hung', exit)).to.equal('its event loop was blocked for too long (HUNG_TIMEOUT_MS)');
  });
});
