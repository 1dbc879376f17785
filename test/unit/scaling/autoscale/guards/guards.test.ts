import { expect } from 'chai';
import type { Observation } from '../../../../../src/scaling/autoscale/observation.ts';
import { Bench } from '../fixtures/bench.ts';
import { machine, observation, requests, silent, starting, worker, workersAt } from '../fixtures/observations.ts';
import { lowRule, rule } from '../fixtures/rules.ts';

const RULES = [rule({ cooldownMs: 0 }), lowRule({ cooldownMs: 0 })];
const HOT = { cpu: 0.9, elu: 0.9 };
const COLD = { cpu: 0.1, elu: 0.1 };

function upWith(given: Partial<Observation>, bench = new Bench({ rules: RULES })) {
  return bench.run(3, HOT, given);
}

function downWith(given: Partial<Observation>, bench = new Bench({ rules: RULES, scaleDownStabilizationMs: 0 })) {
  return bench.run(3, COLD, given);
}

describe('the memory guard', () => {
  it('lets in as many workers as fit above the reserve', () => {
    // Reserve: a tenth of 1 GB. (370 − 100) / 100 = 2 more than the two.
    const tight = machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 370_000_000 });
    const bench = new Bench({ rules: [rule({ scaleAmount: 9 })], scaleUpMaxPercent: 1_000 });
    const record = upWith({ machine: tight }, bench);
    expect(record.desired).to.equal(4);
    expect(record.clamps.at(-1)).to.deep.equal({
      before: 10,
      after: 4,
      why: 'blocked:memory',
      detail: 'memory has room for 4 in all: 370 MB available, 100 MB of it reserved, 100 MB a worker',
    });
    expect(record.inputs?.maxByMemory).to.equal(4);
  });

  it('reserves a whole worker where that is more than a tenth', () => {
    // (150 − 100) / 100: none. A tenth would be 50 MB, and let one in.
    const small = machine({ totalMemoryBytes: 500_000_000, availableMemoryBytes: 150_000_000 });
    expect(upWith({ machine: small })).to.include({ desired: 2, reason: 'blocked:memory' });
  });

  it('goes by the 95th percentile of the workers’ sizes', () => {
    const sizes = Array.from({ length: 20 }, (_, id) => worker(id, { ...HOT, rssBytes: (id + 1) * 10_000_000 }));
    const tight = machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 570_000_000 });
    const bench = new Bench({ rules: [rule({ scaleAmount: 9 })], workers: 20, limits: { min: 1, max: 40 } });
    // The 19th of 20 is 190 MB, and the reserve as well: (570 − 190) / 190 = 2.
    expect(upWith({ machine: tight, workers: sizes }, bench).desired).to.equal(22);
  });

  it('takes no worker away', () => {
    const full = machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 0 });
    expect(upWith({ machine: full }, new Bench({ rules: RULES, workers: 6 })).desired).to.equal(6);
  });

  it('does not guess where memory or sizes are unknown', () => {
    expect(upWith({ machine: machine({ availableMemoryBytes: null }) }).desired).to.equal(3);
    const bench = new Bench({ rules: RULES });
    expect(upWith({ workers: workersAt(2, { ...HOT, rssBytes: 0 }) }, bench).desired).to.equal(3);
  });
});

describe('the cpu guard', () => {
  it('adds no worker while the present ones wait for cores', () => {
    const record = new Bench({ rules: RULES }).run(3, { ...HOT, runDelay: 0.26 });
    expect([record.desired, record.reason]).to.deep.equal([2, 'blocked:cpu']);
    expect(record.guards).to.deep.equal([
      { reason: 'blocked:cpu', detail: 'workers wait for a core 26 % of the time, above 25 %' },
    ]);
    expect(new Bench({ rules: RULES }).run(3, { ...HOT, runDelay: 0.25 }).desired).to.equal(3);
  });

  it('goes by the mean of three seconds', () => {
    const bench = new Bench({ rules: RULES });
    bench.step({ ...HOT, runDelay: 0.7 });
    bench.step({ ...HOT, runDelay: 0.05 });
    // (0.7 + 0.05 + 0.05) / 3 = 0.267, and a second later 0.05.
    expect(bench.step({ ...HOT, runDelay: 0.05 }).reason).to.equal('blocked:cpu');
    expect(bench.step({ ...HOT, runDelay: 0.05 }).desired).to.equal(3);
  });

  it('adds no worker when there is one for each core and the machine is busy', () => {
    expect(upWith({ machine: machine({ cores: 2, cpuUtilization: 0.91 }) })).to.include({
      desired: 2,
      reason: 'blocked:cpu',
    });
    expect(upWith({ machine: machine({ cores: 2, cpuUtilization: 0.9 }) }).desired).to.equal(3);
    expect(upWith({ machine: machine({ cores: 3, cpuUtilization: 0.99 }) }).desired).to.equal(3);
    expect(upWith({ machine: machine({ cores: 1.5, cpuUtilization: 0.95 }) }).desired).to.equal(2);
    expect(upWith({ machine: machine({ cores: 2, cpuUtilization: null }) }).desired).to.equal(3);
  });

  it('says nothing where the kernel tells no run delay', () => {
    expect(new Bench({ rules: RULES }).run(3, { ...HOT, runDelay: null }).desired).to.equal(3);
  });

  it('gives up workers beyond the cores when they wait for one another more than half of the time, at the pace of scale-downs', () => {
    const bench = new Bench({ rules: RULES, workers: 8 });
    const crowded = { cpu: 0.4, elu: 0.95, runDelay: 0.55 };
    const two = { machine: machine({ cores: 2, cpuUtilization: 1 }) };
    const first = bench.step(crowded, two);
    // floor(34 % of 8) = 2 within 5 s.
    expect([first.action, first.desired, first.reason, first.rule]).to.deep.equal([
      'scale-down',
      6,
      'release:cpu',
      null,
    ]);
    expect(first.sentence).to.equal(
      'Scaled down from 8 to 6: workers wait for a core 55 % of the time, above 50 %; 2 are enough for the cores.',
    );
    const desired = Array.from({ length: 20 }, () => bench.step(crowded, two).desired);
    expect(desired.at(-1)).to.equal(2);
    expect(Math.min(...desired)).to.equal(2);
  });

  it('releases nothing below the lower limit, while reloading, or at half of the time exactly', () => {
    const crowded = { cpu: 0.4, runDelay: 0.55 };
    const two = machine({ cores: 2 });
    const limited = new Bench({ rules: RULES, workers: 4, limits: { min: 4, max: 9 } });
    expect(limited.step(crowded, { machine: two }).desired).to.equal(4);
    const reloading = new Bench({ rules: RULES, workers: 4 });
    expect(reloading.step(crowded, { machine: two, reloading: true }).desired).to.equal(4);
    expect(
      new Bench({ rules: RULES, workers: 4 }).step({ cpu: 0.4, runDelay: 0.5 }, { machine: two }).desired,
    ).to.equal(4);
  });
});

describe('the errors guard', () => {
  const failing = { traffic: requests(100, 150, { errors: 5 }) };

  it('forbids scale-downs during an incident', () => {
    expect(downWith({ traffic: requests(100, 150, { errors: 4 }) })).to.include({ desired: 1 });
    const record = new Bench({ rules: RULES, scaleDownStabilizationMs: 0 }).step({ cpu: 0.1, elu: 0.6 }, failing);
    expect(record).to.include({ desired: 2, reason: 'blocked:errors' });
    expect(record.guards[0]?.detail).to.equal('5 % of the requests fail, at least 5 % is an incident');
  });

  it('never scales up for errors of workers that have time', () => {
    const rules = [rule({ name: 'errors-high', metric: 'errorRate', threshold: 5, cooldownMs: 0 })];
    expect(new Bench({ rules }).run(3, { elu: 0.49 }, failing)).to.include({ desired: 2, reason: 'blocked:errors' });
    expect(new Bench({ rules }).run(3, { elu: 0.5 }, failing)).to.include({ desired: 3 });
  });

  it('stops further scale-ups when errors rose with the last one, for a minute', () => {
    const bench = new Bench({ rules: [rule({ cooldownMs: 0, windowMs: 1_000 })] });
    bench.run(3, HOT, { traffic: requests(100, 150, { errors: 1 }) });
    expect(bench.desired).to.equal(3);
    // From 1 % to 6 %, which is a rise of 5 points, once the window holds nothing else.
    const worse = { traffic: requests(100, 150, { errors: 6 }) };
    bench.run(10, { ...HOT, cpu: 0.5 }, worse);
    const record = bench.run(3, HOT, worse);
    expect([record.desired, record.reason]).to.deep.equal([3, 'blocked:errors']);
    expect(record.guards[0]?.detail).to.equal('6 % of the requests fail, 1 % before the last scale-up');
    // The scale-up was 13 s ago: 48 s more, and the minute is over.
    expect(bench.run(47, HOT, worse).desired).to.equal(3);
    expect(bench.step(HOT, worse)).to.include({ desired: 4, action: 'scale-up' });
  });

  it('takes no error rate before the scale-up for none', () => {
    const bench = new Bench({ rules: RULES });
    bench.run(3, HOT, { traffic: null });
    expect(bench.state.lastScaleUp?.errorPercent).to.equal(null);
    const record = bench.run(3, HOT, failing);
    expect(record.guards[0]?.detail).to.equal('5 % of the requests fail, 0 % before the last scale-up');
  });

  it('does not judge by fewer than 20 requests', () => {
    expect(downWith({ traffic: requests(6, 150, { errors: 6 }) })).to.include({ desired: 1 });
  });
});

describe('the crash-loop guard', () => {
  it('freezes growth above the last healthy count', () => {
    const bench = new Bench({ rules: RULES, workers: 2 });
    expect(upWith({ crashLoop: { frozen: true, lastHealthyCount: 2 } }, bench)).to.include({
      desired: 2,
      reason: 'blocked:crash-loop',
    });
    expect(upWith({ crashLoop: { frozen: true, lastHealthyCount: 3 } }, bench)).to.include({ desired: 3 });
    expect(upWith({ crashLoop: { frozen: true, lastHealthyCount: 3 } }, bench)).to.include({ desired: 3 });
  });

  it('keeps the survivors', () => {
    expect(downWith({ crashLoop: { frozen: true, lastHealthyCount: 1 } })).to.include({
      desired: 2,
      reason: 'blocked:crash-loop',
    });
  });
});

describe('the missing-metrics guard', () => {
  it('forbids scale-downs while one worker is silent', () => {
    const bench = new Bench({ rules: RULES, workers: 3, scaleDownStabilizationMs: 0 });
    const record = downWith({ workers: [...workersAt(2, COLD), silent(7)] }, bench);
    expect([record.desired, record.reason]).to.deep.equal([3, 'blocked:missing-metrics']);
    expect(record.guards[0]?.detail).to.equal('there are no figures of worker 7');
    expect(record.missing).to.deep.equal([{ what: 'worker 7', forMs: 2_000 }]);
  });

  it('counts silent workers as idle for scale-ups', () => {
    // (90 + 90 + 0) / 3 = 60: not 80.
    const quiet = new Bench({ rules: RULES, workers: 3 });
    expect(upWith({ workers: [...workersAt(2, HOT), silent(3)] }, quiet).desired).to.equal(3);
    // (100 × 9 + 0) / 10 = 90
    const busy = new Bench({ rules: RULES, workers: 10, limits: { min: 1, max: 20 } });
    expect(upWith({ workers: [...workersAt(9, { cpu: 1 }), silent(10)] }, busy).desired).to.equal(11);
  });

  it('holds everything while more than half of the workers are silent', () => {
    const rules = [rule({ metric: 'requestRate', threshold: 10, cooldownMs: 0 })];
    const half = [...workersAt(2, HOT), silent(3), silent(4)];
    expect(upWith({ workers: half }, new Bench({ rules, workers: 4 })).desired).to.equal(5);
    const most = [worker(1, HOT), silent(3), silent(4)];
    const record = upWith({ workers: most }, new Bench({ rules, workers: 3 }));
    expect([record.desired, record.reason]).to.deep.equal([3, 'blocked:missing-metrics']);
    expect(record.guards[0]?.detail).to.equal('2 of 3 workers report no figures');
  });

  it('forbids scale-downs while the metric of any rule is missing, and names the rule', () => {
    const rules = [lowRule({ cooldownMs: 0 }), rule({ name: 'queue', metric: 'custom:depth', threshold: 5 })];
    const bench = new Bench({ rules, scaleDownStabilizationMs: 0 });
    const record = bench.step(COLD);
    expect([record.desired, record.reason]).to.deep.equal([2, 'blocked:missing-metrics']);
    expect(record.sentence).to.equal(
      'Held at 2 workers: cpu-low wants 1 (cpu 10 %, ≤ 30 %), but there are no figures of rule queue (custom:depth).',
    );
    expect(bench.step(COLD, { custom: { depth: 1 } }).desired).to.equal(1);
  });

  it('forbids scale-downs while the request figures are missing', () => {
    const rules = [lowRule({ cooldownMs: 0 }), lowRule({ name: 'fast', metric: 'responseTime', threshold: 100 })];
    const bench = new Bench({ rules, scaleDownStabilizationMs: 0 });
    expect(bench.step(COLD, { traffic: null })).to.include({ desired: 2, reason: 'blocked:missing-metrics' });
  });

  it('says so when nothing at all could be judged', () => {
    const record = new Bench({ rules: RULES }).step({}, { workers: [silent(1), silent(2)] });
    expect(record).to.include({ reason: 'blocked:missing-metrics' });
    expect(record.sentence).to.equal('Held at 2 workers: 2 of 2 workers report no figures.');
  });

  it('alerts once when figures have been missing for five minutes', () => {
    const bench = new Bench({ rules: RULES });
    const given = { workers: [worker(1, COLD), silent(2)] };
    const alerts = Array.from({ length: 400 }, () => bench.step({}, given).alerts);
    const at = alerts.flatMap((list, index) => (list.length > 0 ? [index] : []));
    expect(at).to.deep.equal([300]);
    expect(alerts[300]).to.deep.equal([
      { source: 'worker 2', sentence: 'No figures of worker 2 for 300 s; nothing scales down meanwhile.' },
    ]);
  });

  it('does not take a worker that starts, or warms up, for a silent one', () => {
    const bench = new Bench({ rules: RULES });
    bench.nowMs += 1_000;
    const warming = worker(2, {}, { readyAtMs: bench.nowMs - 500, figures: null, sampleAgeMs: null });
    const record = bench.decide(observation({ atMs: bench.nowMs, workers: [worker(1), warming, starting(3)] }));
    expect(record.missing).to.deep.equal([]);
    expect(record.guards).to.deep.equal([]);
  });
});

describe('the downstream guard', () => {
  const rules = [rule({ name: 'slow', metric: 'responseTime', threshold: 500, cooldownMs: 0 }), ...RULES];
  const slow = { traffic: requests(100, 700) };

  it('changes nothing while responses are slow and the loops have time', () => {
    const record = new Bench({ rules, scaleDownStabilizationMs: 0 }).run(3, { cpu: 0.1, elu: 0.2 }, slow);
    expect([record.desired, record.reason, record.rule]).to.deep.equal([2, 'blocked:downstream', 'slow']);
    // All in (630, 800]: 630 + 170 × 0.95.
    expect(record.guards[0]?.detail).to.equal(
      'p95 is 791.5 ms (objective 500 ms) at an event-loop utilization of 20 % and a loop delay of 12 ms',
    );
  });

  it('alerts once, when it comes into force', () => {
    const bench = new Bench({ rules });
    const alerts = Array.from({ length: 5 }, () => bench.step({ elu: 0.2 }, slow).alerts.map(({ source }) => source));
    expect(alerts).to.deep.equal([['blocked:downstream'], [], [], [], []]);
  });

  it('lets a busy app grow', () => {
    expect(new Bench({ rules }).run(3, { elu: 0.5 }, slow).desired).to.equal(3);
    expect(new Bench({ rules }).run(3, { elu: 0.2, loopDelayP99Ms: 51 }, slow).desired).to.equal(3);
  });

  it('does not judge by a few requests', () => {
    const record = new Bench({ rules }).step({ elu: 0.2 }, { traffic: requests(5, 700) });
    expect(record.guards).to.deep.equal([]);
  });
});

describe('the reload guard', () => {
  it('freezes scale-downs and lets scale-ups pass', () => {
    expect(downWith({ reloading: true })).to.include({ desired: 2, reason: 'blocked:reload' });
    expect(upWith({ reloading: true })).to.include({ desired: 3 });
  });
});
