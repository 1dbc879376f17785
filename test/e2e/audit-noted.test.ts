import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { verifyChain } from '../../src/scaling/management/access/audit-chain.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

it('the runtime’s log has the end of the audit log when it stops', async function () {
  this.timeout(30_000);
  const runtime = await Runtime.start(fixture('http.cjs'), { args: ['-i', '1'] });
  try {
    const answer = await runtime.api('POST', '/scaling/manual', { instances: 1, reason: 'a test' });
    expect(answer.status).to.equal(202);
    const text = readFileSync(path.join(runtime.directory, 'test', 'audit.log'), 'utf8');
    const { to } = verifyChain([{ name: 'audit.log', text }]);
    expect(to.line).to.equal(1);
    runtime.process.kill('SIGTERM');
    await runtime.exited;
    const note = `audit log at line 1, hash ${to.hash}`;
    await until(note, () => runtime.logs.some(({ message }) => message === note));
  } finally {
    await runtime.kill();
  }
});
