import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { shiftFiles } from '../../../src/scaling/earlier-files.ts';

describe('earlier files', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-files-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function shifted(files: Readonly<Record<string, string>>, count: number): Promise<Record<string, string>> {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
    await shiftFiles(path.join(directory, 'log'), count);
    const names = readdirSync(directory).sort();
    return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]));
  }

  it('move on by one, and the oldest is given up', async () => {
    expect(await shifted({ log: 'c', 'log.1': 'b', 'log.2': 'a' }, 3)).to.deep.equal({ 'log.1': 'c', 'log.2': 'b' });
  });

  it('may be missing', async () => {
    expect(await shifted({}, 3)).to.deep.equal({});
    expect(await shifted({ 'log.1': 'b' }, 3)).to.deep.equal({ 'log.2': 'b' });
  });

  it('are not displaced by an empty one', async () => {
    expect(await shifted({ log: '', 'log.1': 'b' }, 2)).to.deep.equal({ log: '', 'log.1': 'b' });
  });
});
