import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AuditFile } from '../../../../src/scaling/management/audit-file.ts';

const entry = {
  atMs: 1_700_000_000_000,
  who: 'loopback',
  role: 'admin',
  from: '127.0.0.1',
  action: 'scaling.manual',
} as const;

describe('the audit file', () => {
  let directory: string;
  let path: string;
  let failures: string[];
  let audit: AuditFile;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-audit-'));
    path = join(directory, 'audit.log');
    failures = [];
    audit = new AuditFile(path, (error) => failures.push((error as NodeJS.ErrnoException).code ?? error.message));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const lines = (file: string) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('gets one line of JSON for each change, with the time as text and before and after', () => {
    audit.write({ ...entry, before: { desired: 2 }, after: { instances: 4 } });
    audit.write({ ...entry, action: 'scaling.resume' });
    const rest = { who: 'loopback', role: 'admin', from: '127.0.0.1' };
    expect(lines(path)).to.deep.equal([
      {
        at: '2023-11-14T22:13:20.000Z',
        ...rest,
        action: 'scaling.manual',
        before: { desired: 2 },
        after: { instances: 4 },
      },
      { at: '2023-11-14T22:13:20.000Z', ...rest, action: 'scaling.resume' },
    ]);
  });

  it('keeps a reason with line breaks on one line', () => {
    audit.write({ ...entry, after: { reason: 'a\n{"who":"forged"}' } });
    expect(lines(path)).to.have.length(1);
  });

  it('can be read by its owner only', () => {
    audit.write(entry);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('goes on in a new file after the old one was rotated away', () => {
    audit.write(entry);
    renameSync(path, `${path}.1`);
    audit.write({ ...entry, action: 'cluster.reload' });
    expect(lines(path)[0].action).to.equal('cluster.reload');
  });

  it('never throws, and reports a failure once until it works again', () => {
    mkdirSync(path);
    audit.write(entry);
    audit.write(entry);
    expect(failures).to.deep.equal(['EISDIR']);
    rmdirSync(path);
    audit.write({ ...entry, action: 'cluster.stop' });
    expect(readFileSync(path, 'utf8')).to.match(/^\n\{.*"cluster.stop"\}\n$/);
    rmSync(path);
    mkdirSync(path);
    audit.write(entry);
    expect(failures).to.deep.equal(['EISDIR', 'EISDIR']);
  });
});
