import { expect } from 'chai';
import { Engine } from '../../../../src/scaling/targets/compose/engine.ts';
import { ownPlace } from '../../../../src/scaling/targets/compose/own-place.ts';
import { FakeEngine } from '../../../helpers/fake-engine.ts';

describe('the place of the own container', () => {
  const fake = new FakeEngine();
  let engine: Engine;

  before(async () => {
    await fake.start();
    engine = new Engine(fake.socketPath);
  });
  after(async () => {
    engine.close();
    await fake.stop();
  });

  it('is the project of its labels, and the networks that it is in', async () => {
    const { id } = fake.add(1);
    const place = await ownPlace(engine, id);
    expect(place?.project).to.equal('stack');
    expect(place?.networks).to.have.members(['stack_front', 'stack_back']);
  });

  it('is nowhere for a process in no container, and for a container of no project', async () => {
    const { id, config } = fake.add(2);
    config.Labels = {};
    expect(await ownPlace(engine, id)).to.equal(null);
    expect(await ownPlace(engine, 'a-machine')).to.equal(null);
  });
});
