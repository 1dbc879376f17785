import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { RotatingFile } from '../../../src/runtime/rotating-file.ts';

describe('a log file that rotates', () => {
  let directory: string;
  let file: string;
  let failures: string[];
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-log-'));
    file = path.join(directory, 'logs', 'app.log');
    failures = [];
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function write(count: number, maxBytes: number, lines: readonly string[]): Promise<void> {
    const log = new RotatingFile({ path: file, maxBytes, count, onFailure: (error) => failures.push(error.message) });
    for (const line of lines) log.line(line);
    await new Promise<void>((resolve) => log.end(resolve));
  }
  const content = (suffix = ''): string | null =>
    existsSync(file + suffix) ? readFileSync(file + suffix, 'utf8') : null;

  it('goes on with what is there, line by line', async () => {
    await write(3, 100, ['a', 'b']);
    await write(3, 100, ['c']);
    expect(content()).to.equal('a\nb\nc\n');
  });

  it('begins a new one before it would pass its size, and keeps so many', async () => {
    await write(3, 10, ['1111', '2222', '3333', '4444', '5555', '6666', '7777']);
    expect([content(), content('.1'), content('.2'), content('.3')]).to.deep.equal([
      '7777\n',
      '5555\n6666\n',
      '3333\n4444\n',
      null,
    ]);
  });

  it('knows how full the file is that it goes on with', async () => {
    await write(2, 10, ['1111']);
    await write(2, 10, ['2222', '3333']);
    expect([content(), content('.1')]).to.deep.equal(['3333\n', '1111\n2222\n']);
  });

  it('writes a line that is larger than a file, alone', async () => {
    await write(2, 10, ['1', 'x'.repeat(50), '2']);
    expect([content(), content('.1')]).to.deep.equal(['2\n', `${'x'.repeat(50)}\n`]);
  });

  it('begins from nothing when only one is kept', async () => {
    await write(1, 10, ['1111', '2222', '3333']);
    expect([content(), content('.1')]).to.deep.equal(['3333\n', null]);
  });

  it('tells once that it can’t be written, and goes on', async () => {
    mkdirSync(file, { recursive: true });
    await write(2, 1_000_000, ['a', 'b', 'c']);
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include('EISDIR');
  });
});
