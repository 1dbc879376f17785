import { expect } from 'chai';
import { ReloadProgress } from '../../../src/cli/reload-progress.ts';
import { Terminal } from '../../../src/cli/terminal.ts';
import type { ReloadStatus } from '../../../src/ipc/status.ts';

function step(replaced: number, detail: string, outcome: ReloadStatus['outcome'] = 'running'): ReloadStatus {
  return { generation: 2, startedAtMs: 0, finishedAtMs: null, replaced, total: 4, outcome, detail };
}

function progress(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const terminal = new Terminal(
    { write: (text: string) => written.push(text), isTTY, columns },
    { write: () => true },
    {},
  );
  return { progress: new ReloadProgress(terminal), written };
}

describe('ReloadProgress', () => {
  it('draws one bar over and over on a terminal, and takes it away', () => {
    const { progress: bar, written } = progress(true);
    bar.show(step(0, 'Starting.'));
    bar.show(step(2, 'Half.'));
    bar.show(step(4, 'All.', 'done'));
    bar.end();
    bar.end();
    expect(written).to.deep.equal([
      '\r\u001b[K[--------------------] 0/4 Starting.',
      '\r\u001b[K[##########----------] 2/4 Half.',
      '\r\u001b[K',
    ]);
  });

  it('never lets the bar wrap', () => {
    const { progress: bar, written } = progress(true, 30);
    bar.show(step(1, 'A detail that is longer than the terminal is wide.'));
    expect(written[0]?.replace('\r\u001b[K', '')).to.have.length(29);
  });

  it('writes plain lines elsewhere', () => {
    const { progress: lines, written } = progress(false);
    lines.show(step(0, ''));
    lines.show(step(1, 'The canary is fine.'));
    lines.show(step(4, 'All.', 'done'));
    lines.end();
    expect(written).to.deep.equal(['0/4\n', '1/4 The canary is fine.\n']);
  });
});
