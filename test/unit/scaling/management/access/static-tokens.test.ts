import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AccessConfigError } from '../../../../../src/scaling/management/access/access-config-error.ts';
import { firstToken } from '../../../../../src/scaling/management/access/static-tokens.ts';

describe('the token with which a process asks others of its kind', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-tokens-'));
    file = join(directory, 'tokens');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is the first that is configured, colons and all', () => {
    const managementTokens = ['viewer:a:b:c-0123456789', 'admin:fedcba9876543210'];
    expect(firstToken({ managementTokens, managementTokensFile: '' })).to.equal('a:b:c-0123456789');
  });

  it('is taken from the file where no other is given', () => {
    writeFileSync(file, '# ours\noperator:0123:456789abcdef\n');
    expect(firstToken({ managementTokens: [], managementTokensFile: file })).to.equal('0123:456789abcdef');
  });

  it('is none without tokens', () => {
    expect(firstToken({ managementTokens: [], managementTokensFile: '' })).to.equal('');
    const missing = { managementTokens: [], managementTokensFile: join(directory, 'none') };
    expect(() => firstToken(missing)).to.throw(AccessConfigError, 'MANAGEMENT_TOKENS_FILE');
  });
});
