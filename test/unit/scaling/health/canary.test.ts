import { expect } from 'chai';
import { type CanaryFigures, judgeCanary } from '../../../../src/scaling/health/canary.ts';

function figures(given: Partial<CanaryFigures> = {}): CanaryFigures {
  return { completed: 100, errors: 0, p95Ms: 20, ...given };
}

const NOTHING: CanaryFigures = { completed: 0, errors: 0, p95Ms: null };

describe('canary verdict', () => {
  it('passes a worker like the old ones, with the figures compared', () => {
    expect(judgeCanary(figures({ errors: 1 }), figures({ errors: 2, p95Ms: 25 }))).to.deep.equal({
      verdict: 'pass',
      detail: '2.0 % errors against 1.0 %, p95 25.0 ms against 20.0 ms over 100 requests',
    });
  });

  it('fails a worker with more than five percentage points more errors than the old ones', () => {
    expect(judgeCanary(figures({ errors: 10 }), figures({ errors: 15 })).verdict).to.equal('pass');
    expect(judgeCanary(figures({ errors: 10 }), figures({ errors: 16 }))).to.deep.equal({
      verdict: 'fail',
      detail: 'the new worker answers 16.0 % errors against 10.0 %',
    });
  });

  it('fails a worker whose p95 is above twice the old one and 50 ms', () => {
    expect(judgeCanary(figures(), figures({ p95Ms: 90 })).verdict).to.equal('pass');
    expect(judgeCanary(figures(), figures({ p95Ms: 90.1 }))).to.deep.equal({
      verdict: 'fail',
      detail: 'the new worker is too slow: p95 90.1 ms against 20.0 ms',
    });
  });

  it('fails a worker slower than the last bucket can say', () => {
    expect(judgeCanary(figures(), figures({ p95Ms: Number.POSITIVE_INFINITY })).verdict).to.equal('fail');
  });

  it('says nothing about speed or a few errors below twenty requests on either side', () => {
    const slow = { p95Ms: 10_000, errors: 2 };
    expect(judgeCanary(figures(), figures({ completed: 19, ...slow }))).to.deep.equal({
      verdict: 'no-traffic',
      detail: 'too few requests to compare (19 on the new worker)',
    });
    expect(judgeCanary(figures({ completed: 19 }), figures({ completed: 20, ...slow })).verdict).to.equal('no-traffic');
    expect(judgeCanary(figures({ completed: 20 }), figures({ completed: 20, ...slow })).verdict).to.equal('fail');
  });

  it('fails a worker that answers most of as few as five requests with an error', () => {
    const before = figures({ completed: 3 });
    expect(judgeCanary(before, figures({ completed: 5, errors: 3 }))).to.deep.equal({
      verdict: 'fail',
      detail: 'the new worker answers 60.0 % errors against 0.0 %',
    });
    expect(judgeCanary(before, figures({ completed: 4, errors: 4 })).verdict).to.equal('no-traffic');
    expect(judgeCanary(before, figures({ completed: 6, errors: 3 })).verdict).to.equal('no-traffic');
  });

  it('does not blame a new worker for what the old ones answer too', () => {
    expect(judgeCanary(figures({ errors: 97 }), figures({ errors: 100 })).verdict).to.equal('pass');
  });

  it('has no verdict when nobody was asked', () => {
    expect(judgeCanary(NOTHING, NOTHING)).to.deep.equal({
      verdict: 'no-traffic',
      detail: 'too few requests to compare (0 on the new worker)',
    });
  });
});
