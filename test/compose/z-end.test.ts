/** Takes the stack down, whichever steps ran, and prints the figures once more. */
import { expect } from 'chai';
import { endStory, MINUTE_MS } from './story.ts';

describe('In the end', function () {
  this.timeout(3 * MINUTE_MS);

  it('nothing of the stack is left', async () => {
    expect(await endStory()).to.deep.equal([]);
  });
});
