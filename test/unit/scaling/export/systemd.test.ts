import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type ServiceTopology, systemdUnit } from '../../../../src/scaling/export/systemd.ts';
import { ROOT } from '../../../helpers/runtime.ts';

const SHOP: ServiceTopology = {
  app: 'shop',
  command: '/usr/bin/tidegate',
  script: 'server.js',
  args: [],
  workingDirectory: '/opt/shop',
  user: 'shop',
  environment: {},
  drainTimeoutMs: 30_000,
  killTimeoutMs: 5_000,
};

const lineOf = (unit: string, key: string): string | undefined =>
  unit.split('\n').find((line) => line.startsWith(`${key}=`));

describe('systemdUnit', () => {
  it('starts the app by name, reloads it, and lets the primary drain alone', () => {
    const unit = systemdUnit(SHOP);
    expect(lineOf(unit, 'ExecStart')).to.equal('ExecStart=/usr/bin/tidegate start server.js --name shop');
    expect(lineOf(unit, 'ExecReload')).to.equal('ExecReload=/bin/kill -HUP $MAINPID');
    expect(lineOf(unit, 'KillMode')).to.equal('KillMode=mixed');
    expect(lineOf(unit, 'RuntimeDirectory')).to.equal('RuntimeDirectory=shop');
  });

  it('waits for drain and stop signal, and ten seconds, before it kills', () => {
    expect(lineOf(systemdUnit(SHOP), 'TimeoutStopSec')).to.equal('TimeoutStopSec=45');
    expect(lineOf(systemdUnit({ ...SHOP, drainTimeoutMs: 100, killTimeoutMs: 0 }), 'TimeoutStopSec')).to.equal(
      'TimeoutStopSec=11',
    );
  });

  it('keeps words together, and takes % and $ as they are', () => {
    const unit = systemdUnit({
      ...SHOP,
      args: ['--greeting', 'say "hi"', '50%', '$HOME', 'back\\slash'],
      environment: { GREETING: 'hello  world', RATE: '10%', PLAIN: 'a$b' },
    });
    expect(lineOf(unit, 'ExecStart')).to.equal(
      'ExecStart=/usr/bin/tidegate start server.js --name shop -- --greeting "say \\"hi\\"" 50%% $$HOME "back\\\\slash"',
    );
    expect(unit).to.contain('\nEnvironment="GREETING=hello  world"\nEnvironment=RATE=10%%\nEnvironment=PLAIN=a$b\n');
  });

  it('refuses what can’t stand in the file', () => {
    const broken: readonly Partial<ServiceTopology>[] = [
      { command: 'tidegate' },
      { workingDirectory: 'shop' },
      { workingDirectory: '/opt/shop\nUser=root' },
      { script: 'a\nb' },
      { user: 'a b' },
      { environment: { 'A B': '1' } },
      { environment: { A: 'one\ntwo' } },
      { drainTimeoutMs: -1 },
    ];
    for (const change of broken)
      expect(() => systemdUnit({ ...SHOP, ...change }), JSON.stringify(change))
        .to.throw(/is not allowed; give/)
        .with.property('code', 'BAD_TOPOLOGY');
  });

  it('has every setting of the unit in deploy/systemd that is not about the app', () => {
    const settings = (text: string): string[] =>
      text.split('\n').filter((line) => /^(Kill|Restart|Start|Type|Exec(Reload)|TimeoutStop|Limit|OOM)\w*=/.test(line));
    const shipped = readFileSync(path.join(ROOT, 'deploy/systemd/tidegate.service'), 'utf8');
    expect(settings(systemdUnit(SHOP)).sort()).to.deep.equal(settings(shipped).sort());
  });
});
