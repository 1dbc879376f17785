import { expect } from 'chai';
import { asProblem, ProblemError, problemBody, toProblem } from '../../../../src/scaling/management/problem.ts';

describe('the error mapper', () => {
  it('leaves a problem as it is', () => {
    const problem = new ProblemError(404, 'NOT_FOUND', 'There is no such thing');
    expect(toProblem(problem)).to.equal(problem);
  });

  it('makes a running reload a 409 with its own message', () => {
    const problem = toProblem(Object.assign(new Error('A reload is under way'), { code: 'RELOAD_RUNNING' }));
    expect(problem).to.include({ status: 409, code: 'RELOAD_RUNNING', message: 'A reload is under way' });
  });

  it('tells nothing of an error it does not know', () => {
    const problem = toProblem(Object.assign(new Error('password is hunter2'), { code: 'ECONNREFUSED' }));
    expect(problem).to.include({ status: 500, code: 'INTERNAL' });
    expect(JSON.stringify(problemBody(problem))).to.not.include('hunter2');
  });

  it('is not taken in by codes that are names of every object', () => {
    expect(toProblem({ code: 'constructor', type: 'toString' }).status).to.equal(500);
  });

  for (const thrown of [undefined, null, 'text', 7]) {
    it(`makes a thrown ${String(thrown)} a 500`, () => {
      expect(toProblem(thrown)).to.include({ status: 500, code: 'INTERNAL' });
    });
  }

  it('tells an operator why his own command failed, and keeps the cause', () => {
    const cause = new Error('worker 3 exited with code 1');
    const problem = asProblem(cause, 'RESTART_FAILED');
    expect(problem).to.include({ status: 500, code: 'RESTART_FAILED', message: 'worker 3 exited with code 1', cause });
  });

  it('writes a body with a type, a title, a status, a code and a detail, and no field that is not set', () => {
    expect(problemBody(new ProblemError(421, 'HOST_NOT_ALLOWED', 'Not ours'))).to.deep.equal({
      type: 'urn:tidegate:problem:host-not-allowed',
      title: 'Misdirected request',
      status: 421,
      code: 'HOST_NOT_ALLOWED',
      detail: 'Not ours',
    });
  });
});
