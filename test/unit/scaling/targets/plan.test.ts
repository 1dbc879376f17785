import { expect } from 'chai';
import fc from 'fast-check';
import type { Container } from '../../../../src/scaling/targets/compose/container.ts';
import { type Plan, planContainers } from '../../../../src/scaling/targets/compose/plan.ts';

function container(number: number, given: Partial<Container> = {}): Container {
  return {
    id: `c${number}`,
    name: `stack-app-${number}`,
    number,
    state: 'up',
    healthy: true,
    address: null,
    createdAtMs: number,
    ...given,
  };
}

const NOBODY: ReadonlySet<string> = new Set();

function planOf(containers: readonly Container[], desired: number, leaving: ReadonlySet<string>, replace = true): Plan {
  const replaceable = new Set(containers.filter(({ state }) => replace && state === 'ended').map(({ id }) => id));
  return planContainers({ containers, desired, leaving, replaceable });
}
const ids = (containers: readonly Container[]): string[] => containers.map(({ id }) => id);

describe('the plan for the containers of a service', () => {
  it('fills gaps in the numbers before it goes above them', () => {
    expect(planOf([container(1), container(3)], 5, NOBODY).create).to.deep.equal([2, 4, 5]);
  });

  it('lets those with the highest numbers leave', () => {
    const plan = planOf([container(1), container(2), container(3)], 1, NOBODY);
    expect(ids(plan.drain)).to.have.members(['c2', 'c3']);
  });

  it('lets one that serves nobody leave first', () => {
    const plan = planOf([container(1, { healthy: false }), container(2), container(3)], 2, NOBODY);
    expect(ids(plan.drain)).to.deep.equal(['c1']);
  });

  it('counts no more who was told to leave, and does not tell twice', () => {
    const plan = planOf([container(1), container(2)], 1, new Set(['c2']));
    expect(plan).to.deep.equal({ create: [], start: [], drain: [], discard: [] });
    expect(planOf([container(1), container(2)], 2, new Set(['c2'])).create).to.deep.equal([3]);
  });

  it('replaces one that ended, under a number that is free', () => {
    const plan = planOf([container(1), container(2, { state: 'ended' })], 2, NOBODY);
    expect(plan.create).to.deep.equal([3]);
    expect(ids(plan.discard)).to.deep.equal(['c2']);
  });

  it('lets those that ended keep their places while replacements end too', () => {
    const containers = [container(1), container(2, { state: 'ended', healthy: false })];
    expect(planOf(containers, 2, NOBODY, false)).to.deep.equal({ create: [], start: [], drain: [], discard: [] });
    expect(ids(planOf(containers, 1, NOBODY, false).discard)).to.deep.equal(['c2']);
    expect(planOf(containers, 3, NOBODY, false).create).to.deep.equal([3]);
  });

  it('starts one that was made and not started', () => {
    const plan = planOf([container(1), container(2, { state: 'created', healthy: false })], 2, NOBODY);
    expect(ids(plan.start)).to.deep.equal(['c2']);
    expect(plan.create).to.deep.equal([]);
  });

  it('always ends at the number that is wanted, with numbers that are free', () => {
    const state = fc.constantFrom<Container['state']>('created', 'up', 'ended');
    const containers = fc
      .uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 12 })
      .chain((numbers) =>
        fc.tuple(
          ...numbers.map((number) => fc.record({ state, healthy: fc.boolean() }).map((of) => container(number, of))),
        ),
      );
    fc.assert(
      fc.property(containers, fc.integer({ min: 0, max: 12 }), fc.func(fc.boolean()), (all, desired, leaves) => {
        const leaving = new Set(all.filter(({ id }) => leaves(id)).map(({ id }) => id));
        const plan = planOf(all, desired, leaving);
        const staying = all.filter(({ id, state: now }) => now !== 'ended' && !leaving.has(id)).length;
        expect(staying + plan.create.length - plan.drain.length).to.equal(desired);
        expect(Math.min(plan.create.length, plan.drain.length)).to.equal(0);
        const taken = new Set(all.map(({ number }) => number));
        for (const number of plan.create) expect(taken.has(number)).to.equal(false);
        for (const { id } of [...plan.drain, ...plan.discard, ...plan.start]) expect(leaving.has(id)).to.equal(false);
      }),
    );
  });
});
