import { expect } from 'chai';
import { Plant } from './fixtures/plant.ts';
import { rule } from './fixtures/rules.ts';

describe('the demand core, driving a plant', () => {
  it('holds first when it starts, and then gives up what is not needed after the stabilization window', () => {
    const plant = new Plant({ workers: 4 });
    plant.requestsPerSecond = 35; // 0.7 erlangs: one worker
    plant.run(119);
    expect(plant.desired).to.equal(4);
    plant.run(30);
    expect(plant.desired).to.equal(1);
    expect(plant.downs.map(({ before, desired, reason }) => [before, desired, reason])).to.deep.equal([
      [4, 3, 'demand'],
      [3, 2, 'demand'],
      [2, 1, 'demand'],
    ]);
  });

  it('follows a step ×8 within seconds and then stands still', () => {
    const plant = new Plant();
    plant.requestsPerSecond = 40;
    plant.run(30);
    expect(plant.desired).to.equal(1);
    plant.requestsPerSecond = 320; // 6.4 erlangs: 6.4 / 0.8 → 8, and 10 are allowed for what waits
    plant.run(12);
    expect(plant.p95Ms).to.be.at.most(200);
    expect(plant.ups.map(({ before, desired }) => [before, desired])).to.deep.equal([[1, 10]]);
    // What was worked off meanwhile is given up after the window, once, and then all is still: 6.4 / (0.95 · 0.8) → 9.
    plant.run(600);
    expect(plant.downs.map(({ before, desired }) => [before, desired])).to.deep.equal([[10, 9]]);
    expect(plant.p95Ms).to.be.at.most(200);
  });

  it('scales nothing up when what is downstream becomes twenty times slower', () => {
    for (const rules of [[], [rule({ name: 'slow', metric: 'responseTime', threshold: 500, cooldownMs: 0 })]]) {
      const plant = new Plant({ rules, workers: 2, ioMs: 50, serviceMs: 5 });
      plant.requestsPerSecond = 150;
      plant.run(30);
      plant.ioMs = 1_000;
      plant.run(120);
      expect(plant.ups).to.deep.equal([]);
      expect(plant.records.at(-1)?.guards.map(({ reason }) => reason)).to.include('blocked:downstream');
    }
  });

  it('starts nothing in place of a worker that leaks', () => {
    const plant = new Plant({ workers: 2 });
    plant.requestsPerSecond = 60;
    plant.availableBytes = 2_400_000_000;
    plant.leakBytesPerSecond = 5_000_000;
    plant.run(120);
    expect(plant.ups).to.deep.equal([]);
  });

  it('keeps the survivors of a crash loop, and adds none', () => {
    const plant = new Plant({ workers: 2 });
    plant.requestsPerSecond = 60;
    plant.run(20);
    plant.startsSucceed = false;
    plant.requestsPerSecond = 400;
    plant.run(30);
    const frozen = plant.desired;
    plant.run(60);
    expect(plant.desired).to.equal(frozen);
    expect(plant.records.at(-1)?.guards.map(({ reason }) => reason)).to.include('blocked:crash-loop');
    plant.requestsPerSecond = 0;
    plant.run(300);
    expect(plant.desired).to.equal(frozen);
  });

  it('shrinks nothing while a worker is silent, however idle the others are', () => {
    const plant = new Plant({ workers: 4 });
    plant.requestsPerSecond = 10;
    plant.run(20);
    plant.silent.add(2);
    plant.run(600);
    expect(plant.desired).to.equal(4);
    expect(plant.records.at(-1)?.reason).to.equal('blocked:missing-metrics');
    plant.silent.clear();
    plant.run(140);
    expect(plant.desired).to.equal(1);
  });

  it('settles at the cores of an oversubscribed machine, and says why', () => {
    const plant = new Plant({ workers: 1, cores: 2, limits: { min: 1, max: 8 } });
    plant.requestsPerSecond = 400; // 8 erlangs
    plant.run(60);
    expect(plant.desired).to.equal(2);
    expect(plant.records.at(-1)?.sentence).to.match(/, but 2 workers share 2 cores that are 100 % busy, above 90 %\.$/);
    const crowded = new Plant({ workers: 8, cores: 2, limits: { min: 1, max: 8 } });
    crowded.requestsPerSecond = 400;
    crowded.run(60);
    expect(crowded.desired).to.equal(2);
    expect(crowded.downs[0]?.sentence).to.match(/^Scaled down from 8 to 6: workers wait for a core 75 % of the time/);
  });
});
