import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ForeignDirectoryError, makeOwnDirectory } from '../../../src/runtime/own-directory.ts';

describe('the runtime directory', () => {
  let root: string;
  let within: string;
  let directory: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'tidegate-own-'));
    within = path.join(root, 'tidegate');
    directory = path.join(within, 'app');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function refused(): unknown {
    try {
      makeOwnDirectory(directory, within);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  it('is made for its user alone, and taken as it is the next time', () => {
    makeOwnDirectory(directory, within);
    makeOwnDirectory(directory, within);
    for (const each of [within, directory]) expect(statSync(each).mode & 0o777).to.equal(0o700);
  });

  it('is refused where others may write', () => {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o777);
    expect(refused()).to.be.instanceOf(ForeignDirectoryError).with.property('code', 'RUNTIME_DIR_UNSAFE');
    chmodSync(directory, 0o1777);
    expect(refused()).to.be.instanceOf(ForeignDirectoryError);
    chmodSync(directory, 0o700);
    chmodSync(within, 0o775);
    expect(refused())
      .to.be.instanceOf(ForeignDirectoryError)
      .with.property('message')
      .that.matches(/tidegate can be written to by other users\. Remove it, or set TIDEGATE_RUNTIME_DIR/);
  });

  it('may lie in one that everybody shares, where what is there is its owner’s', () => {
    mkdirSync(within);
    chmodSync(within, 0o1777);
    expect(refused()).to.equal(undefined);
  });

  it('is refused when it is a link to somewhere else', () => {
    const elsewhere = path.join(root, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(within);
    symlinkSync(elsewhere, directory);
    expect(refused()).to.be.instanceOf(ForeignDirectoryError);
  });
});
