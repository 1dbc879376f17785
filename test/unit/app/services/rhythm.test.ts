import { expect } from 'chai';
import { Rhythm } from '../../../../src/app/services/rhythm.ts';

describe('a rhythm', () => {
  it('goes on after a beat that failed, and ends when it is told to', async () => {
    const errors: string[] = [];
    let beats = 0;
    await new Promise<void>((resolve) => {
      const rhythm = new Rhythm(
        1,
        () => {
          beats += 1;
          if (beats === 1) throw new Error('first');
          if (beats < 3) return;
          rhythm.stop();
          resolve();
        },
        (error) => errors.push((error as Error).message),
      );
      rhythm.start();
      rhythm.start();
    });
    expect([beats, errors]).to.deep.equal([3, ['first']]);
  });

  it('never has two beats at once', async () => {
    let underWay = 0;
    let most = 0;
    let beats = 0;
    await new Promise<void>((resolve) => {
      const rhythm = new Rhythm(
        1,
        async () => {
          underWay += 1;
          most = Math.max(most, underWay);
          await new Promise((done) => setTimeout(done, 5));
          underWay -= 1;
          beats += 1;
          if (beats === 3) {
            rhythm.stop();
            resolve();
          }
        },
        () => undefined,
      );
      rhythm.start();
    });
    expect(most).to.equal(1);
  });
});
