import { expect } from 'chai';
import { AccessLines, accessLine } from '../../../../src/scaling/gateway/access-lines.ts';
import type { AccessEntry } from '../../../../src/scaling/gateway/access-log.ts';

const AT = new Date('2026-01-02T03:04:05.678Z');
const ENTRY: AccessEntry = {
  clientAddress: '192.0.2.1',
  clientPort: 4711,
  method: 'GET',
  target: '/a?b="c"',
  host: 'example',
  status: 200,
  upstream: 'worker-1',
  queueMs: 0.04,
  connectMs: 1.26,
  responseMs: 12.349,
  totalMs: 15,
  receivedBytes: 0,
  sentBytes: 42,
  retries: 1,
  termination: '--',
};

describe('AccessLines', () => {
  it('writes a request as JSON, times to a tenth of a millisecond', () => {
    expect(JSON.parse(accessLine(ENTRY, AT))).to.deep.equal({
      timestamp: '2026-01-02T03:04:05.678Z',
      client: '192.0.2.1',
      port: 4711,
      method: 'GET',
      host: 'example',
      target: '/a?b="c"',
      status: 200,
      upstream: 'worker-1',
      queueMs: 0,
      connectMs: 1.3,
      responseMs: 12.3,
      totalMs: 15,
      receivedBytes: 0,
      sentBytes: 42,
      retries: 1,
      termination: '--',
    });
  });

  it('writes -1 for what was not reached, and null for no upstream', () => {
    const none = { ...ENTRY, upstream: undefined, connectMs: Number.NaN, responseMs: Number.NaN };
    expect(JSON.parse(accessLine(none, AT))).to.include({ upstream: null, connectMs: -1, responseMs: -1 });
  });

  it('writes the lines of one turn together, and the rest at the end', async () => {
    const written: string[] = [];
    let ended = false;
    const sink = {
      line: (lines: string) => written.push(lines),
      end: (done: () => void) => done(),
    };
    const lines = new AccessLines(sink, () => AT);
    lines.add(ENTRY);
    lines.add(ENTRY);
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).to.deep.equal([`${accessLine(ENTRY, AT)}\n${accessLine(ENTRY, AT)}`]);
    lines.add(ENTRY);
    lines.end(() => {
      ended = true;
    });
    expect(written[1]).to.equal(accessLine(ENTRY, AT));
    expect(ended).to.equal(true);
  });
});
