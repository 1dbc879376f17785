import { expect } from 'chai';
import type { ScalingRule } from '../../../../config/rules.ts';
import type { ClusterStatus } from '../../../../src/ipc/status.ts';
import { createPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import type { DecisionRecord } from '../../../../src/scaling/autoscale/record.ts';
import { Leadership } from '../../../../src/scaling/stack-scaler/leadership.ts';
import { MemoryStore } from '../../../../src/scaling/stack-scaler/memory.ts';
import { StackScaling } from '../../../../src/scaling/stack-scaler/stack-control.ts';
import { StackScaler } from '../../../../src/scaling/stack-scaler/stack-scaler.ts';
import { StackView } from '../../../../src/scaling/stack-scaler/stack-view.ts';
import { LocalState } from '../../../../src/scaling/state/embedded/local-state.ts';
import type { TargetInstance } from '../../../../src/scaling/targets/scale-target.ts';
import { START_MS, sample, served, status, worker } from '../fixtures/cluster-fixtures.ts';

/** Instances that are there the moment they are asked for. */
class Instances {
  readonly kind = 'compose';
  numbers: number[] = [1];
  desired: number | null = null;

  reconcile(desired: number): void {
    this.desired = desired;
  }

  release(): void {
    this.desired = null;
  }

  changedTo: number | null = null;

  changedByOthers(): number | null {
    const changedTo = this.changedTo;
    this.changedTo = null;
    return changedTo;
  }

  /** Somebody makes it so many, beside the scaler. */
  becomes(count: number): void {
    this.numbers = Array.from({ length: count }, (_, index) => index + 1);
    this.changedTo = count;
  }

  async converge(): Promise<void> {
    if (this.desired !== null) this.numbers = Array.from({ length: this.desired }, (_, index) => index + 1);
  }

  async instances(): Promise<readonly TargetInstance[]> {
    return this.numbers.map((number) => ({
      id: `c${number}`,
      name: `app-${number}`,
      number,
      phase: 'running',
      host: `10.0.0.${number}`,
      startedAtMs: START_MS,
    }));
  }
}

const RULES: readonly ScalingRule[] = [
  rule({ name: 'cpu-high', operator: 'gte', threshold: 80, action: 'scale-up', scaleAmount: 2 }),
  rule({ name: 'cpu-low', operator: 'lte', threshold: 20, action: 'scale-down', scaleAmount: 1 }),
];

function rule(given: Partial<ScalingRule>): ScalingRule {
  return {
    name: 'rule',
    enabled: true,
    metric: 'cpu',
    aggregate: 'mean',
    windowMs: 3_000,
    operator: 'gte',
    threshold: 80,
    clearThreshold: null,
    action: 'scale-up',
    scaleAmount: 1,
    unit: 'workers',
    cooldownMs: 5_000,
    priority: 1,
    type: 'threshold',
    ...given,
  } as ScalingRule;
}

describe('the scaler of a stack', () => {
  let nowMs: number;
  let store: LocalState;
  let target: Instances;
  let leadership: Leadership;
  let scaler: StackScaler;
  let view: StackView;
  let cpu: number;
  let silent: ReadonlySet<string>;
  const records: DecisionRecord[] = [];
  const log: string[] = [];

  function make(self: string): void {
    leadership = new Leadership({
      state: store,
      key: 'stack:{app}:leader',
      self,
      address: `${self}:9001`,
      ttlMs: 10_000,
      nowMs: () => nowMs,
    });
    view = new StackView({ name: 'app', target, ask, nowMs: () => nowMs });
    scaler = new StackScaler({
      policy: createPolicy(RULES, { min: 1, max: 6 }, { scaleDownStabilizationMs: 5_000, warmUpMs: 0 }),
      target,
      view,
      leadership,
      memory: new MemoryStore(store, 'stack:{app}:memory'),
      machine: {
        read: () => ({
          cores: 8,
          cpuUtilization: 0.2,
          totalMemoryBytes: 64e9,
          availableMemoryBytes: 48e9,
          loadAverage: null,
        }),
      },
      capacity: () => Promise.resolve(null),
      record: (record) => records.push(record),
      log: (level, message) => log.push(`${level}: ${message}`),
      nowMs: () => nowMs,
    });
  }

  /** Each instance has two workers of this utilization. */
  async function ask(host: string): Promise<ClusterStatus> {
    if (silent.has(host)) throw new Error(`${host} does not answer`);
    const of = (id: number) =>
      worker({ id, startedAtMs: START_MS, sampleAtMs: nowMs, sample: sample({ cpu, elu: cpu, runDelay: 0 }) });
    return status([of(1), of(2)], { ready: 2 });
  }

  beforeEach(() => {
    nowMs = START_MS;
    cpu = 0.5;
    silent = new Set();
    records.length = 0;
    log.length = 0;
    store = new LocalState({ memoryLimitBytes: 1_048_576, now: () => nowMs });
    target = new Instances();
    make('a');
  });
  afterEach(() => store.close());

  /** Seconds of the stack's life, a round each. */
  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      nowMs += 1_000;
      await leadership.tick();
      await scaler.tick();
    }
  }

  it('adds instances under load and removes them again when it is over, by the same rules as for workers', async () => {
    await pass(5);
    expect(view.status()).to.include({ desired: 1, ready: 1 });
    cpu = 0.95;
    await pass(8);
    expect(target.numbers.length).to.be.above(1);
    expect(records.some(({ action }) => action === 'scale-up')).to.equal(true);
    cpu = 0.02;
    await pass(120);
    expect(target.numbers).to.deep.equal([1]);
    expect(records.some(({ action }) => action === 'scale-down')).to.equal(true);
  });

  it('sets the number that somebody wants, and keeps it when another takes over', async () => {
    await pass(2);
    const answer = new StackScaling(scaler).pin({ instances: 4, reason: 'sale', forMs: null, force: false, by: 'ada' });
    expect(answer).to.include({ action: 'scale-up', desired: 4 });
    await pass(2);
    expect(target.numbers).to.deep.equal([1, 2, 3, 4]);

    nowMs += 10_000;
    make('b');
    await pass(2);
    expect(new StackScaling(scaler).status()).to.deep.include({ leads: true, desired: 4 });
    expect((new StackScaling(scaler).status() as { pin: { by: string } }).pin.by).to.equal('ada');
    expect(target.numbers).to.deep.equal([1, 2, 3, 4]);
  });

  it('changes nothing while another leads, and says who does', async () => {
    await pass(1);
    make('b');
    await pass(3);
    const scaling = new StackScaling(scaler);
    expect(scaling.pin({ instances: 4, reason: '', forMs: null, force: false, by: 'ada' })).to.include({
      refused: true,
      status: 409,
      code: 'NOT_LEADER',
    });
    expect(() => scaling.pause('ada', ''))
      .to.throw('The scaler at a:9001 leads')
      .with.property('code', 'NOT_LEADER');
    expect(scaling.status()).to.include({ leads: false, leader: 'a:9001' });
    expect(target.numbers).to.deep.equal([1]);
    expect(view.status()).to.include({ ready: 1 });
  });

  it('takes a number that people set beside it for what is wanted, within its limits', async () => {
    await pass(2);
    target.becomes(5);
    await pass(3);
    expect([target.numbers.length, view.status().desired]).to.deep.equal([5, 5]);
    expect(log).to.include('info: somebody else made it 5: 5 are wanted from now on');
    target.becomes(9);
    await pass(3);
    expect(target.numbers).to.have.length(6);
    target.becomes(2);
    await pass(3);
    expect(target.numbers).to.have.length(2);
  });

  it('goes by a pin rather than by what people do beside it, and says so', async () => {
    await pass(2);
    new StackScaling(scaler).pin({ instances: 4, reason: 'sale', forMs: null, force: false, by: 'ada' });
    await pass(2);
    target.becomes(2);
    await pass(2);
    expect(target.numbers).to.have.length(4);
    expect(log).to.include('warn: somebody else made it 2, and it becomes 4 again, which ada has set');
  });

  it('lets go when it loses the lease', async () => {
    await pass(2);
    expect(target.desired).to.equal(1);
    nowMs += 10_000;
    await scaler.tick();
    expect(target.desired).to.equal(null);
    expect(scaler.current).to.equal(null);
    expect(log.at(-1)).to.equal('warn: another scaler leads from now on, or nobody can');
  });

  it('does not take an instance that is silent for one that is idle', async () => {
    target.numbers = [1, 2, 3];
    await pass(3);
    cpu = 0.02;
    silent = new Set(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    await pass(60);
    expect(target.numbers).to.deep.equal([1, 2, 3]);
    expect(view.status().instances[0]).to.include({ ready: false, trouble: '10.0.0.1 does not answer' });
  });

  it('says once what is wrong with its target, and is well when that is over', async () => {
    const instances = target.instances.bind(target);
    target.instances = () => Promise.reject(new Error('the Engine is away'));
    await pass(3);
    expect(log.filter((line) => line === 'error: the Engine is away')).to.have.length(1);
    expect([scaler.trouble, scaler.targetFailures]).to.deep.equal(['the Engine is away', 3]);
    target.instances = instances;
    await pass(1);
    expect(scaler.trouble).to.equal(null);
  });

  it('shows an instance as one worker: means of shares, sums of amounts, and totals that never fall', async () => {
    const own = (id: number, requests: number): ClusterStatus['workers'][number] =>
      worker({
        id,
        sampleAtMs: nowMs,
        sample: { ...served(requests), elu: 0.2 * id, rssBytes: 100, inFlight: 2, loopDelayP99Ms: 10 * id },
      });
    let workers = [own(1, 10), own(2, 30)];
    view = new StackView({ name: 'app', target, ask: async () => status(workers, { ready: 2 }), nowMs: () => nowMs });
    await view.refresh();
    const [first] = view.status().workers;
    expect(first?.sample?.elu).to.be.closeTo(0.3, 1e-9);
    expect(first?.sample).to.include({ rssBytes: 200, inFlight: 4, loopDelayP99Ms: 20 });
    expect(first?.sample?.totals).to.deep.include({ requestsCompleted: 40, requestsStarted: 40 });
    nowMs += 1_000;
    workers = [own(3, 5)];
    await view.refresh();
    expect(view.status().workers[0]?.sample?.totals.requestsCompleted).to.equal(45);
  });

  it('sees the other instances when one tells nonsense', async () => {
    const nonsense = { ...status([], { ready: 1 }), workers: [null] } as unknown as ClusterStatus;
    target.numbers = [1, 2];
    view = new StackView({
      name: 'app',
      target,
      ask: async (host) => (host === '10.0.0.1' ? nonsense : ask(host)),
      nowMs: () => nowMs,
    });
    await view.refresh();
    expect(view.status().instances.map(({ ready }) => ready)).to.deep.equal([false, true]);
    expect(view.status().instances[0]?.trouble).to.be.a('string');
  });

  it('writes nothing over what the next leader has written when its lease ends while it takes over', async () => {
    const memory = new MemoryStore(store, 'stack:{app}:memory');
    await leadership.tick();
    const get = store.get.bind(store);
    store.get = async (...args) => {
      const value = await get(...args);
      // The answer was long on its way, and another has begun meanwhile.
      store.get = get;
      nowMs += 10_000;
      await memory.save({ desired: 5, pin: null, paused: null });
      return value;
    };
    await scaler.tick();
    expect((await memory.load())?.desired).to.equal(5);
  });
});
