import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../helpers/runtime.ts';

describe('the secrets of the stack', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-secrets-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('lie in a directory that keeps others out, also where it was there before, open to all', () => {
    chmodSync(directory, 0o755);
    writeFileSync(path.join(directory, 'tls_certificate'), 'one of its own');
    const env = { ...process.env, SECRETS_DIRECTORY: directory };
    execFileSync(process.execPath, [path.join(ROOT, 'scripts/docker/secrets.mjs')], { env });
    expect((statSync(directory).mode & 0o777).toString(8)).to.equal('700');
    expect((statSync(path.join(directory, 'redis_password')).mode & 0o777).toString(8)).to.equal('444');
  });

  it('reach the app from files, those for alerts too', () => {
    const file = path.join(directory, 'secret');
    writeFileSync(file, 'not for everybody\n');
    const names = ['DB_PASSWORD', 'DISCORD_WEBHOOK_URL', 'SMTP_PASSWORD', 'SMTP_URL', 'ALERT_WEBHOOK_URL'];
    const env = { PATH: process.env.PATH, ...Object.fromEntries(names.map((name) => [`${name}_FILE`, file])) };
    const entrypoint = path.join(ROOT, 'deploy/docker/entrypoint.sh');
    const said = execFileSync('/bin/sh', [entrypoint, 'env'], { env, encoding: 'utf8' }).split('\n');
    for (const name of names) expect(said).to.include(`${name}=not for everybody`);
    expect(said.filter((line) => /_FILE=/.test(line))).to.deep.equal([]);
  });
});
