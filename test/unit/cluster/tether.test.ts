import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
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
    program('setsid', 0);
    expect(findLauncher(directory)).to.deep.equal(PLAIN);
  });

  it('is Node itself where setpriv can’t tie a process to its parent', () => {
    program('setsid', 0);
    program('setpriv', 1);
    expect(findLauncher(directory)).to.deep.equal(PLAIN);
  });

  it('ties workers to the primary where the tools work', function () {
    if (process.platform !== 'linux') this.skip();
    program('setsid', 0);
    program('setpriv', 0);
    expect(findLauncher(`/nowhere${path.delimiter}${directory}`)).to.deep.equal({
      execPath: path.join(directory, 'setsid'),
      prefix: [path.join(directory, 'setpriv'), '--pdeathsig', 'KILL', process.execPath],
      tethered: true,
    });
  });

  it('does not take a file for a program that may not be run', () => {
    for (const name of ['setsid', 'setpriv']) {
      program(name, 0);
      chmodSync(path.join(directory, name), 0o644);
    }
    expect(findLauncher(directory)).to.deep.equal(PLAIN);
  });

  it('runs a worker under the pid it was started with, in a session of its own', async function () {
    const launcher = findLauncher();
    if (!launcher.tethered) this.skip();
    const script = `
      const { readFileSync } = require('node:fs');
      const session = Number(readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[3]);
      console.log(JSON.stringify({ pid: process.pid, session }));`;
    const running = promisify(execFile)(launcher.execPath, [...launcher.prefix, '-e', script]);
    const { pid } = running.child;
    expect(JSON.parse((await running).stdout)).to.deep.equal({ pid, session: pid });
  });
});

describe('launchedBy', () => {
  const launcher = { execPath: '/somewhere/setsid', prefix: [], tethered: true };

  it('puts the launcher in Node’s place for the call, and gives its result', () => {
    const node = process.execPath;
    expect(launchedBy(launcher, () => process.execPath)).to.equal('/somewhere/setsid');
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
