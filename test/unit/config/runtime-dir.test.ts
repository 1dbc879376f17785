import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { controlSocketPath, runtimeDir } from '../../../config/runtime-dir.ts';

describe('runtimeDir', () => {
  it('prefers the configured directory, then the variables, then the temporary directory', () => {
    const env = { TIDEGATE_RUNTIME_DIR: '/run/a', XDG_RUNTIME_DIR: '/run/user/1' };
    expect(runtimeDir(env, '/run/b')).to.equal('/run/b');
    expect(runtimeDir(env)).to.equal('/run/a');
    expect(runtimeDir({ ...env, TIDEGATE_RUNTIME_DIR: '' })).to.equal('/run/user/1/tidegate');
    expect(path.dirname(runtimeDir({}))).to.equal(path.resolve(tmpdir()));
    expect(path.basename(runtimeDir({}))).to.equal(`tidegate-${process.getuid?.()}`);
  });

  it('makes a relative directory absolute', () => {
    expect(runtimeDir({}, 'run')).to.equal(path.resolve('run'));
  });

  it('gives each instance its socket', () => {
    expect(controlSocketPath('/run/tidegate', 'api')).to.equal('/run/tidegate/api/control.sock');
  });
});
