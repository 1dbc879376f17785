import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runCommandLine } from '../../../src/cli/program.ts';
import { Terminal } from '../../../src/cli/terminal.ts';
import { AuditFile } from '../../../src/scaling/management/audit-file.ts';

describe('tidegate audit verify', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-audit-'));
    file = path.join(directory, 'audit.log');
    const audit = new AuditFile(file, () => undefined);
    for (const action of ['first', 'second', 'third']) {
      audit.write({ atMs: 0, who: 'ann', role: 'admin', from: 'socket', action });
    }
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function verify(...args: string[]): Promise<{ code: number; out: string; error: string }> {
    let [out, error] = ['', ''];
    const terminal = new Terminal({ write: (text) => (out += text) }, { write: (text) => (error += text) }, {});
    const code = await runCommandLine(['audit', 'verify', ...args], {
      env: { AUDIT_LOG_FILE: file },
      cwd: '/',
      terminal,
    });
    return { code, out, error };
  }

  it('says that the log is whole, and its hash, which later still holds', async () => {
    const { code, out } = await verify();
    expect(code).to.equal(0);
    const hash = /^3 lines, whole\. Line 3 has the hash ([0-9a-f]{64})\n$/.exec(out)?.[1] as string;
    new AuditFile(file, () => undefined).write({
      atMs: 1,
      who: 'bob',
      role: 'admin',
      from: 'socket',
      action: 'fourth',
    });
    expect((await verify(file, '--hash', hash)).code).to.equal(0);
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').slice(0, 2).join('\n'));
    const cut = await verify('--hash', hash);
    expect(cut.code).to.equal(1);
    expect(cut.error).to.match(/^no line has the hash /);
  });

  it('fails for a line that was changed, and says where', async () => {
    writeFileSync(file, readFileSync(file, 'utf8').replace('"second"', '"forged"'));
    const { code, error, out } = await verify();
    expect(code).to.equal(1);
    expect(error).to.match(/line 3: the line before it was changed/);
    expect(out).to.match(/^3 lines, NOT as it was written/);
  });

  it('lists torn lines without failing, and has it all as JSON', async () => {
    appendFileSync(file, '{"li');
    const { code, out } = await verify('--json');
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.deep.include({ ok: true, lines: 3, torn: [`${file}, line 4`] });
  });

  it('says when there is no such file', async () => {
    const { code, error } = await verify('/no/such/file');
    expect([code, /can't be read: ENOENT/.test(error)]).to.deep.equal([1, true]);
  });
});
