import { expect } from 'chai';
import {
  InvalidParameterError,
  MethodNotAllowedError,
  NotFoundError,
  UpgradeRequiredError,
} from '../../../src/app/errors.ts';
import { toProblem } from '../../../src/app/problem.ts';

describe('an error as a problem document', () => {
  it('names the parameter, the value given and what is allowed', () => {
    expect(toProblem(new InvalidParameterError('ms', 'soon', 'a number'))).to.deep.equal({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'INVALID_PARAMETER',
      detail: 'ms is "soon"; allowed is a number',
      parameter: 'ms',
    });
  });

  it('shortens a long value, and counts a repeated one', () => {
    expect(toProblem(new InvalidParameterError('ms', 'x'.repeat(5_000), 'a number')).detail).to.have.length.below(100);
    expect(toProblem(new InvalidParameterError('ms', ['1', '2'], 'a number')).detail).to.include('ms is given 2 times');
  });

  it('gives each of the app’s errors its status and code', () => {
    expect(toProblem(new NotFoundError('/x'))).to.include({ status: 404, code: 'NOT_FOUND' });
    expect(toProblem(new MethodNotAllowedError('PUT', 'GET'))).to.include({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(toProblem(new UpgradeRequiredError())).to.include({ status: 426, code: 'UPGRADE_REQUIRED' });
  });

  it('passes the 4xx status of a framework error on, without its words', () => {
    const problem = toProblem(Object.assign(new URIError('Failed to decode param'), { status: 400 }));
    expect(problem).to.include({ status: 400, code: 'BAD_REQUEST' });
    expect(problem.detail).not.to.include('decode');
  });

  for (const thrown of [new Error('secret'), 'secret', null, undefined, { status: '400' }, { status: 302 }]) {
    it(`says nothing but that the app failed of ${JSON.stringify(thrown)} (${typeof thrown})`, () => {
      expect(toProblem(thrown)).to.deep.equal({
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        code: 'INTERNAL_ERROR',
        detail: 'the app failed; its log says why',
      });
    });
  }
});
