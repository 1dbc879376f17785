import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { findLauncher, launchedBy } from '../../../src/cluster/tether.ts';

const PLAIN = { execPath: process.execPath, prefix: [] as string[], tethered: false };

describe('launcher of workers', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-tether-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A program of that name which ends with `exitCode`. */
  function program(name: string, exitCode: number): void {
    const file = path.join(directory, name);
    writeFileSync(file, `#!/bin/sh\nexit ${exitCode}\n`);
    chmodSync(file, 0o755);
  }

  it('is Node itself where the tools are not to be had', () => {
    expect(findLauncher(directory)).to.deep.equal(PLAIN);
    expect(findLauncher('')).to.deep.equal(PLAIN);
  });

  it('is Node itself where setpriv can’t tie a process to its parent', () => {
    program('setpriv', 1);
    expect(findLauncher(directory)).to.deep.equal(PLAIN);
  });

  it('ties workers to the primary where the tools work', function () {
    if (process.platform !== 'linux') this.skip();
    program('setpriv', 0);
    expect(findLauncher(`/nowhere${path.delimiter}${directory}`)).to.deep.equal({
      execPath: path.join(directory, 'setpriv'),
      prefix: ['--pdeathsig', 'KILL', process.execPath],
      tethered: true,
    });
  });

  it('does not take a file for a program that may not be run', () => {
    program('setpriv', 0);
    chmodSync(path.join(directory, 'setpriv'), 0o644);
    expect(findLauncher(directory)).to.deep.equal(PLAIN);
  });

  it('runs a worker under the pid it was started with, in a session of its own', async function () {
    const launcher = findLauncher();
    if (!launcher.tethered) this.skip();
    const script = path.join(directory, 'worker.cjs');
    writeFileSync(
      script,
      `const { readFileSync } = require('node:fs');
      const session = Number(readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[3]);
      process.send({ pid: process.pid, session });`,
    );
    const child = launchedBy(launcher, () =>
      fork(script, {
        execPath: process.execPath,
        execArgv: [...launcher.prefix],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
    const [said] = await once(child, 'message');
    expect(said).to.deep.equal({ pid: child.pid, session: child.pid });
  });
});

describe('launchedBy', () => {
  const launcher = { execPath: '/somewhere/setpriv', prefix: [], tethered: true };

  it('puts the launcher in Node’s place for the call, and gives its result', () => {
    const node = process.execPath;
    expect(launchedBy(launcher, () => process.execPath)).to.equal('/somewhere/setpriv');
    expect(process.execPath).to.equal(node);
  });

  it('puts Node back when the call fails', () => {
    const node = process.execPath;
    const fork = (): void => {
      throw new Error('fork failed');
    };
    expect(() => launchedBy(launcher, fork)).to.throw('fork failed');
    expect(process.execPath).to.equal(node);
  });
});
