import { expect } from 'chai';
import { statusLines } from '../../../src/cli/status-view.ts';
import { Terminal } from '../../../src/cli/terminal.ts';
import type { ClusterStatus, TelemetrySample, WorkerStatus } from '../../../src/ipc/status.ts';

const NOW_MS = 1_000_000_000;
const NOWHERE = { write: () => true };
const plain = new Terminal(NOWHERE, NOWHERE, {});
const coloured = new Terminal({ ...NOWHERE, isTTY: true }, NOWHERE, { TERM: 'xterm' });

const sample = { cpu: 0.123, elu: 0.34, rssBytes: 64_172_000, connections: 32, totals: { requestsCompleted: 9_876 } };

function worker(fields: Partial<WorkerStatus>): WorkerStatus {
  return {
    id: 1,
    slot: 0,
    pid: 4242,
    phase: 'ready',
    generation: 1,
    startedAtMs: NOW_MS - 192_000,
    readyAtMs: NOW_MS - 191_000,
    restarts: 0,
    balanced: true,
    listening: ['127.0.0.1:3001'],
    sample: sample as unknown as TelemetrySample,
    sampleAtMs: NOW_MS,
    claims: 0,
    ejected: false,
    ...fields,
  };
}

function cluster(fields: Partial<ClusterStatus>): ClusterStatus {
  return {
    name: 'api',
    script: '/srv/api/server.js',
    pid: 4200,
    startedAtMs: NOW_MS - 3_725_000,
    generation: 1,
    desired: 2,
    ready: 2,
    stopping: false,
    addresses: ['127.0.0.1:3001', '/run/api.sock'],
    workers: [worker({}), worker({ id: 12, slot: 1, pid: 4243, restarts: 3 })],
    receipts: [],
    reload: null,
    crashLoop: { frozen: false, failedStarts: 0, lastHealthyCount: 2, lastFailure: null },
    ...fields,
  };
}

describe('statusLines', () => {
  it('shows a headline, what goes on, and an aligned row per worker', () => {
    expect(statusLines(cluster({}), 'Holding 2 workers.', plain, NOW_MS)).to.deep.equal([
      'api · 2 of 2 workers ready · up 1h 2m · pid 4200',
      '  script     /srv/api/server.js',
      '  listening  127.0.0.1:3001, /run/api.sock',
      '  scaling    Holding 2 workers.',
      '',
      'slot   id   pid  state  uptime   cpu   elu    memory  connections  requests  restarts',
      '   0   w1  4242  ready  3m 12s  12 %  34 %  61.2 MiB           32      9876         0',
      '   1  w12  4243  ready  3m 12s  12 %  34 %  61.2 MiB           32      9876         3',
    ]);
  });

  it('sorts by slot, and shows a dash for what is not known', () => {
    const workers = [
      worker({ slot: 1, id: 2 }),
      worker({ slot: 0, id: 3, pid: null, phase: 'starting', sample: null }),
    ];
    const lines = statusLines(cluster({ workers, ready: 1 }), undefined, plain, NOW_MS);
    expect(lines[0]).to.contain('1 of 2 workers ready');
    expect(lines.at(-2)?.trim()).to.match(/^0 +w3 +- +starting +3m 12s +- +- +- +- +- +0$/);
    expect(lines.at(-1)?.trim()).to.match(/^1 +w2 /);
  });

  it('marks workers that are ejected or have no server', () => {
    const workers = [worker({ ejected: true }), worker({ slot: 1, balanced: false })];
    const text = statusLines(cluster({ workers }), undefined, plain, NOW_MS).join('\n');
    expect(text).to.contain('ready, ejected').and.contain('ready, no server');
  });

  it('tells of a stop, a reload and a crash loop under way', () => {
    const status = cluster({
      desired: 1,
      ready: 0,
      stopping: true,
      addresses: [],
      workers: [],
      reload: {
        generation: 2,
        startedAtMs: NOW_MS,
        finishedAtMs: null,
        replaced: 1,
        total: 4,
        outcome: 'running',
        detail: 'Watching the canary.',
      },
      crashLoop: { frozen: true, failedStarts: 3, lastHealthyCount: 1, lastFailure: 'exit code 1' },
    });
    expect(statusLines(status, undefined, plain, NOW_MS)).to.deep.equal([
      'api · 0 of 1 worker ready · stopping · up 1h 2m · pid 4200',
      '  script     /srv/api/server.js',
      '  listening  nothing yet',
      '  reload     1 of 4 replaced. Watching the canary.',
      '  crashes    3 failed starts, no growth above 1; the last: exit code 1',
      '',
      'slot  id  pid  state  uptime  cpu  elu  memory  connections  requests  restarts',
    ]);
  });

  it('aligns the same with colours as without', () => {
    const lines = statusLines(cluster({}), 'Holding.', coloured, NOW_MS);
    expect(lines.join('\n')).to.contain('\u001b[32mready');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
    const bare = lines.map((line) => line.replace(/\u001b\[\d+m/g, '').trimEnd());
    expect(bare).to.deep.equal(statusLines(cluster({}), 'Holding.', plain, NOW_MS));
  });

  it('shows what shadow policies would have decided', () => {
    const lines = statusLines(cluster({}), 'Holding.', plain, NOW_MS, {
      shadows: ['a: the same number. Held.', 'b: 4 instead of 2. Up.'],
    });
    const [, , , scaling, ...shadows] = lines;
    expect(scaling).to.equal('  scaling    Holding.');
    expect(shadows.slice(0, 2)).to.deep.equal([
      '  shadow     a: the same number. Held.',
      '  shadow     b: 4 instead of 2. Up.',
    ]);
  });

  it('shows what was set by hand below the decision', () => {
    const lines = statusLines(cluster({}), 'Holding.', plain, NOW_MS, { manual: ['4 workers for 5m'] });
    expect(lines.slice(3, 5)).to.deep.equal(['  scaling    Holding.', '  by hand    4 workers for 5m']);
  });
});
