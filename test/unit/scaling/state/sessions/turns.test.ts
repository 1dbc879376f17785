import { expect } from 'chai';
import { Turns } from '../../../../../src/scaling/state/sessions/turns.ts';

describe('turns', () => {
  it('are taken one after the other for one key, and at once for different keys', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const task = (name: string, steps: number) => async () => {
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      done.push(name);
    };
    await Promise.all([
      turns.take('a', task('slow a', 50)),
      turns.take('a', task('quick a', 0)),
      turns.take('b', task('quick b', 0)),
    ]);
    expect(done).to.deep.equal(['quick b', 'slow a', 'quick a']);
  });

  it('go on after a task that failed, whose error its caller gets', async () => {
    const turns = new Turns();
    const failing = turns.take('a', async () => {
      throw new Error('broken');
    });
    const next = turns.take('a', async () => 'well');
    const error = await failing.catch((reason: Error) => reason);
    expect(error).to.be.an('error').with.property('message', 'broken');
    expect(await next).to.equal('well');
  });

  it('leave nothing behind', async () => {
    const turns = new Turns();
    await Promise.all([turns.take('a', async () => 1), turns.take('a', async () => 2), turns.take('b', async () => 3)]);
    expect(turns.size).to.equal(0);
  });
});
