import { expect } from 'chai';
import { generateArrivals } from '../../../../../src/scaling/simulate/load/arrivals.ts';
import { PROFILES } from '../../../../../src/scaling/simulate/load/profile.ts';
import { ProfileFileError, parseProfile } from '../../../../../src/scaling/simulate/load/profile-file.ts';
import { lognormal, seededRandom } from '../../../../../src/scaling/simulate/load/random.ts';
import {
  parseTrace,
  TraceError,
  traceWorkload,
  traceWorkloads,
} from '../../../../../src/scaling/simulate/load/trace.ts';
import { WORKLOADS } from '../../../../../src/scaling/simulate/load/workload.ts';
import { API, steady, sum, workloadOf } from '../scenario.ts';

describe('the load of a simulation', () => {
  it('is a Poisson process of the rate that its erlangs mean', () => {
    const { atMs, cpuMs } = generateArrivals(workloadOf(steady(2, 500)), API, 7);
    // 2 erlangs of 10 ms are 200 requests/s: 100,000 in 500 s, give or take three standard deviations.
    expect(atMs.length).to.be.closeTo(100_000, 950);
    const gaps = Array.from(atMs.subarray(1), (value, index) => value - (atMs[index] as number));
    const mean = sum(gaps) / gaps.length;
    const deviation = Math.sqrt(sum(gaps.map((gap) => (gap - mean) ** 2)) / gaps.length);
    expect(deviation / mean).to.be.closeTo(1, 0.02);
    expect(sum(cpuMs) / cpuMs.length).to.be.closeTo(10, 0.15);
  });

  it('is the same for the same seed and another for another', () => {
    const [workload] = WORKLOADS;
    for (const profile of PROFILES) {
      const [one, same, other] = [3, 3, 4].map((seed) => generateArrivals(workload as never, profile, seed));
      expect(one).to.deep.equal(same);
      expect(one?.atMs).to.not.deep.equal(other?.atMs);
    }
  });

  it('has service times of the mean and variation that were asked for', () => {
    const draw = lognormal(seededRandom(1), 25, 1.5);
    const values = Array.from({ length: 200_000 }, draw);
    const mean = sum(values) / values.length;
    expect(mean).to.be.closeTo(25, 0.5);
    expect(Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length) / mean).to.be.closeTo(1.5, 0.15);
  });

  it('of every workload is as long as the run and never negative', () => {
    for (const workload of WORKLOADS) {
      const erlangs = workload.erlangs(seededRandom(1));
      expect(erlangs.length, workload.name).to.equal(workload.durationS);
      expect(Math.min(...erlangs), workload.name).to.be.at.least(0);
    }
  });
});

describe('a profile file', () => {
  it('changes what it names of the first profile', () => {
    expect(parseProfile({ cpuMs: 20, coreShare: 0.05 }, 'mine')).to.deep.equal({
      ...API,
      name: 'mine',
      title: 'from mine.json',
      cpuMs: 20,
      coreShare: 0.05,
    });
  });

  it('is refused for a field that is not there, and for a number that can not be', () => {
    const refused = (given: unknown, message: RegExp): void => {
      expect(() => parseProfile(given, 'mine')).to.throw(ProfileFileError, message);
    };
    refused({ cpu: 1 }, /^mine: cpu: there is no such field; there are cpuMs, /);
    refused({ cpuMs: 0 }, /^mine: cpuMs: given 0; must be a number above 0/);
    refused({ coreShare: 2 }, /must be a number above 0, at most 1/);
    refused({ ioMs: '5' }, /^mine: ioMs: given "5"; must be a number of at least 0/);
    refused([1], /must be an object/);
  });
});

describe('a trace', () => {
  const text = 'time_s,requests\n0,100\n60,50\n120,200\n';

  it('becomes a load that is constant in each interval and highest at the peak asked for', () => {
    const ref = traceWorkload(parseTrace('t', text), { from: 0, count: 3, secondsEach: 2, peakErlangs: 4 });
    expect(ref).to.deep.include({ kind: 'trace', name: 't', erlangs: [2, 2, 1, 1, 4, 4] });
  });

  it('is cut to its steepest rise, and to its busiest day when it is longer than one', () => {
    const hours = Array.from({ length: 72 }, (_, hour) => `${hour * 3_600},${hour >= 24 && hour < 48 ? 900 : 100}`);
    const refs = traceWorkloads(parseTrace('week', `time_s,requests\n${hours.join('\n')}`), 6);
    expect(refs.map(({ name }) => name)).to.deep.equal(['week-rise', 'week-day']);
    const [, day] = refs;
    expect(day?.kind === 'trace' && day.erlangs.length).to.equal(1_440);
    expect(day?.kind === 'trace' && Math.min(...day.erlangs)).to.equal(6);
  });

  it('that can not be read is refused with its line', () => {
    const refused = (given: string, message: RegExp): void => {
      expect(() => parseTrace('t', given)).to.throw(TraceError, message);
    };
    refused('seconds,requests\n0,1\n1,1', /line 1 is "seconds,requests"; it must be "time_s,requests"/);
    refused('time_s,requests\n0,1\n1,many', /line 3 is "1,many"; it must be two numbers/);
    refused('time_s,requests\n0,1\n1,-4', /line 3/);
    refused('time_s,requests\n0,1\n1,2\n5,2', /line 4 does not begin 1 s after the line before/);
    refused('time_s,requests\n0,1', /1 intervals; it must have at least 2/);
  });
});
