import { expect } from 'chai';
import { AcceptGate } from '../../../../src/cluster/agent/accept-gate.ts';
import type { ListeningHandle } from '../../../../src/cluster/agent/listening-handle.ts';
import { until } from '../../../helpers/runtime.ts';

/** A listener that only remembers what the gate did to it. */
class FakeListener {
  readonly done: string[] = [];

  pause(): void {
    this.done.push('pause');
  }

  resume(): void {
    this.done.push('resume');
  }
}

/** Longer than any test. */
const INTERVAL_MS = 60_000;

describe('AcceptGate', () => {
  let listeners: readonly [FakeListener, FakeListener];
  let gate: AcceptGate;
  beforeEach(() => {
    listeners = [new FakeListener(), new FakeListener()];
    gate = new AcceptGate(new Set(listeners as unknown as ListeningHandle[]));
  });
  afterEach(() => gate.setShare(Number.POSITIVE_INFINITY, INTERVAL_MS));

  function accept(times: number): void {
    for (let count = 0; count < times; count += 1) gate.onAccept();
  }

  it('holds nobody back before the primary has said anything', () => {
    accept(10_000);
    expect(listeners[0].done).to.deep.equal([]);
  });

  it('lets its share in freely, and pauses all listeners at the first connection beyond', () => {
    gate.setShare(3, INTERVAL_MS);
    accept(3);
    expect(listeners.map(({ done }) => done)).to.deep.equal([[], []]);
    accept(1);
    expect(listeners.map(({ done }) => done)).to.deep.equal([['pause'], ['pause']]);
  });

  it('pauses once for connections that were accepted in the same turn', () => {
    gate.setShare(1, INTERVAL_MS);
    accept(5);
    expect(listeners[0].done).to.deep.equal(['pause']);
  });

  it('takes one more by and by, so that nobody waits for ever', async () => {
    gate.setShare(1, INTERVAL_MS);
    accept(2);
    await until('the gate opens', () => listeners[0].done.length === 2);
    accept(1);
    expect(listeners[0].done).to.deep.equal(['pause', 'resume', 'pause']);
  });

  it('begins to count anew with each interval', async () => {
    gate.setShare(1, 20);
    accept(1);
    const startedAtMs = performance.now();
    await until('the interval is over', () => performance.now() - startedAtMs > 20);
    accept(1);
    expect(listeners[0].done).to.deep.equal([]);
  });

  it('shuts at a share of 0, and stays shut whatever still comes', async () => {
    gate.setShare(0, INTERVAL_MS);
    accept(3);
    await new Promise((resolve) => setTimeout(resolve, 5)); // five times the time after which it would open
    expect(listeners[0].done).to.deep.equal(['pause']);
  });

  it('shuts while it waits to open, and does not open then', async () => {
    gate.setShare(1, INTERVAL_MS);
    accept(2);
    gate.setShare(0, INTERVAL_MS);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(listeners[0].done).to.deep.equal(['pause']);
  });

  it('opens as soon as there is a share again', () => {
    gate.setShare(0, INTERVAL_MS);
    gate.setShare(5, INTERVAL_MS);
    gate.setShare(6, INTERVAL_MS);
    expect(listeners[0].done).to.deep.equal(['pause', 'resume']);
  });
});
