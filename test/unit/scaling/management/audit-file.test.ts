import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { verifyChain } from '../../../../src/scaling/management/access/audit-chain.ts';
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
    const written = lines(path).map(({ line: _line, previous: _previous, ...fields }) => fields);
    expect(written).to.deep.equal([
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
    expect(lines(path)).to.have.length(1);
    rmSync(path);
    mkdirSync(path);
    audit.write(entry);
    expect(failures).to.deep.equal(['EISDIR', 'EISDIR']);
  });

  const verified = (...files: readonly string[]) =>
    verifyChain(files.map((name) => ({ name, text: readFileSync(name, 'utf8') })));

  it('goes on with its chain after a restart, and in the file that follows a rotated one', () => {
    audit.write(entry);
    audit = new AuditFile(path, () => undefined);
    audit.write(entry);
    renameSync(path, `${path}.1`);
    audit.write(entry);
    const { lines: count, problems, to } = verified(`${path}.1`, path);
    expect({ count, problems }).to.deep.equal({ count: 3, problems: [] });
    expect(audit.head).to.deep.equal(to);
  });

  it('goes on with the chain of a rotated file after a restart', () => {
    audit.write(entry);
    audit.write(entry);
    renameSync(path, `${path}.1`);
    audit = new AuditFile(path, (error) => failures.push(error.message));
    expect(audit.head?.line).to.equal(2);
    audit.write(entry);
    expect(verified(`${path}.1`, path)).to.deep.include({ lines: 3, problems: [] });
    expect(failures).to.deep.equal([]);
  });

  it('begins its chain where the rotated file is none', () => {
    mkdirSync(`${path}.1`);
    audit.write(entry);
    expect(verified(path)).to.deep.include({ lines: 1, problems: [] });
    expect(failures).to.deep.equal([]);
  });

  it('goes on with the chain of a file that somebody else wrote to meanwhile', () => {
    audit.write(entry);
    new AuditFile(path, () => undefined).write({ ...entry, action: 'by another' });
    audit.write(entry);
    expect(verified(path)).to.deep.include({ lines: 3, problems: [] });
  });

  it('ends a line that was cut off, and leaves it out of the chain', () => {
    audit.write(entry);
    appendFileSync(path, '{"line":2,"prev');
    new AuditFile(path, () => undefined).write(entry);
    const { lines: count, problems, torn } = verified(path);
    expect({ count, problems, torn }).to.deep.equal({ count: 2, problems: [], torn: [`${path}, line 2`] });
  });
});
