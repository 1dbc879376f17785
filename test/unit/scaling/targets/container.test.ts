import { expect } from 'chai';
import { containersOf } from '../../../../src/scaling/targets/compose/container.ts';
import { type ContainerSummary, LABEL } from '../../../../src/scaling/targets/compose/engine-types.ts';

function summary(given: Partial<ContainerSummary> = {}): ContainerSummary {
  return {
    Id: '0123456789abcdef',
    Names: ['/stack-app-1'],
    State: 'running',
    Status: 'Up 3 minutes',
    Created: 1,
    Labels: { [LABEL.number]: '1' },
    ...given,
  };
}

describe('the containers that the Engine tells of', () => {
  it('are called by their ids where they lost their names, as one that could not be removed as a whole', () => {
    const [container] = containersOf([summary({ Names: null, State: 'dead' })]);
    expect(container).to.include({ name: '0123456789ab', state: 'ended' });
  });

  it('are left out when nothing says which number they have', () => {
    for (const Labels of [null, {}, { [LABEL.number]: '' }, { [LABEL.number]: '0' }, { [LABEL.number]: 'x' }]) {
      expect(containersOf([summary({ Labels })]), JSON.stringify(Labels)).to.deep.equal([]);
    }
  });
});
