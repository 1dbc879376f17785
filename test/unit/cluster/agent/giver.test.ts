import { expect } from 'chai';
import { Giver } from '../../../../src/cluster/agent/giver.ts';
import { until } from '../../../helpers/runtime.ts';
import { HttpBench, type Pair } from '../fixtures/http-bench.ts';

describe('Giver', () => {
  let bench: HttpBench;
  let giver: Giver;
  beforeEach(async () => {
    bench = await HttpBench.open();
    giver = new Giver(bench.connections, bench.mover);
  });
  afterEach(async () => {
    giver.stop();
    await bench.close();
  });

  function fates(pairs: readonly Pair[]): string[] {
    return pairs.map(({ connection }) => connection.fate);
  }

  /** Lets every descriptor go, and tells for whom they were. */
  function receivers(): (number | null)[] {
    for (let index = 0; index < bench.sendings.length; index += 1) bench.sendings[index]?.done(null);
    return bench.sendings.map(({ message }) => (message.type === 'move' ? message.to : null));
  }

  it('gives a busy connection when its response ends, rather than an idle one', async () => {
    const pairs = [await bench.connectIdle(), await bench.connectBusy()];
    giver.give(7, 1);
    expect(fates(pairs)).to.deep.equal(['open', 'open']);
    bench.answer();
    await until('one is given', () => bench.sendings.length === 1);
    expect(fates(pairs)).to.deep.equal(['open', 'moving']);
    expect(receivers()).to.deep.equal([7]);
  });

  it('gives idle ones when no response ends in a while', async () => {
    const pairs = [await bench.connectIdle(), await bench.connectBusy(), await bench.connectIdle()];
    giver.give(7, 5);
    await until('two are given', () => fates(pairs).filter((fate) => fate === 'moving').length === 2);
    expect(fates(pairs)).to.deep.equal(['moving', 'open', 'moving']);
    expect(receivers()).to.deep.equal([7, 7]);
  });

  it('gives no more than it was asked for', async () => {
    const pairs = [await bench.connectIdle(), await bench.connectIdle(), await bench.connectIdle()];
    giver.give(7, 2);
    await until('two are given', () => fates(pairs).filter((fate) => fate === 'moving').length === 2);
    expect(bench.connections.watcher).to.equal(null);
    await bench.ask(pairs[2] as Pair, '/');
    expect(fates(pairs)).to.deep.equal(['moving', 'moving', 'open']);
  });

  it('forgets a wish that it could not fulfil', async () => {
    const pair = await bench.connectBusy();
    giver.give(7, 1);
    await until('the wish is forgotten', () => bench.connections.watcher === null);
    bench.answer();
    await until('the response is finished', () => pair.connection.requestsFinished === 1);
    expect(pair.connection.fate).to.equal('open');
  });

  it('gives to several workers that it was asked for in the same interval', async () => {
    const pairs = [await bench.connectBusy(), await bench.connectBusy(), await bench.connectBusy()];
    giver.give(7, 1);
    giver.give(8, 1);
    for (const _ of pairs) bench.answer();
    await until('all are answered', () => pairs.every(({ connection }) => connection.requestsFinished === 1));
    expect(receivers()).to.have.members([7, 8]);
  });

  it('takes the latest number for a worker', async () => {
    const pairs = [await bench.connectBusy(), await bench.connectBusy()];
    giver.give(7, 2);
    giver.give(7, 1);
    for (const _ of pairs) bench.answer();
    await until('all are answered', () => pairs.every(({ connection }) => connection.requestsFinished === 1));
    expect(receivers()).to.deep.equal([7]);
  });

  it('gives nothing any more when it was stopped', async () => {
    const pair = await bench.connectBusy();
    giver.give(7, 1);
    giver.stop();
    bench.answer();
    await until('the response is finished', () => pair.connection.requestsFinished === 1);
    await new Promise(setImmediate);
    expect([fates([pair]), bench.sendings]).to.deep.equal([['open'], []]);
  });
});
