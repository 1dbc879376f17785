import { expect } from 'chai';
import { LogRing } from '../../../src/runtime/log-ring.ts';
import type { Log } from '../../../src/runtime/logger.ts';
import { WorkerOutput } from '../../../src/runtime/worker-output.ts';

describe('WorkerOutput', () => {
  let printed: string[];
  let ring: LogRing;
  let output: WorkerOutput;
  beforeEach(() => {
    printed = [];
    ring = new LogRing();
    const log: Log = {
      human: true,
      write: () => {},
      workerLine: (source, stream, text) => printed.push(`${source} ${stream}: ${text}`),
    };
    output = new WorkerOutput(log, ring);
  });

  it('prints and keeps lines, with the worker and the stream they come from', () => {
    output.write(1, 'stdout', 'one\ntwo\n');
    output.write(2, 'stderr', 'oh\n');
    expect(printed).to.deep.equal(['w1 stdout: one', 'w1 stdout: two', 'w2 stderr: oh']);
    expect(ring.last({ lines: 9 }).map(({ source, stream, text }) => `${source} ${stream}: ${text}`)).to.deep.equal(
      printed,
    );
  });

  it('puts a line together from the pieces of one stream, not of the other', () => {
    output.write(1, 'stdout', 'begin ');
    output.write(1, 'stderr', 'warning\n');
    output.write(1, 'stdout', 'end\n');
    expect(printed).to.deep.equal(['w1 stderr: warning', 'w1 stdout: begin end']);
  });

  it('prints the last words of a worker that has ended without a line end', () => {
    output.write(1, 'stderr', 'killed by');
    output.write(2, 'stderr', 'still running');
    output.end(1);
    output.end(1);
    expect(printed).to.deep.equal(['w1 stderr: killed by']);
  });
});
