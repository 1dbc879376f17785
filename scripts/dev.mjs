// Runs the clustered reference app and starts it anew when a source file changes.
import { spawn, spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
let child;
let timer;
let isEnding = false;

const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

function run() {
  isEnding = false;
  const build = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
  if (build.status !== 0) return; // the compiler has said why; the next change tries again
  child = spawn(process.execPath, ['dist/start-scaling.js', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
}

function rerun() {
  if (!isRunning()) {
    run();
    return;
  }
  // A change while it ends is in what is built then.
  if (isEnding) return;
  isEnding = true;
  child.once('exit', run);
  child.kill('SIGTERM');
}

for (const folder of ['src', 'config']) {
  watch(`${root}${folder}`, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(rerun, 200);
  });
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (!isRunning()) process.exit(0);
    child.removeListener('exit', run);
    child.once('exit', (code) => process.exit(code ?? 0));
    child.kill(signal);
  });
}
run();
