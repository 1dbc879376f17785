/** Starts the reference app, clustered: what `npm run start:cluster` runs. Further arguments are those of `tidegate start`. */
import { fileURLToPath } from 'node:url';
import { runCommandLine } from './src/cli/program.ts';
import { Terminal } from './src/cli/terminal.ts';

const app = fileURLToPath(new URL('./src/app/server.js', import.meta.url));
const args = process.argv.slice(2);
const named = args.some((arg) => arg === '--name' || arg.startsWith('--name='));

process.exitCode = await runCommandLine(['start', app, ...(named ? [] : ['--name', 'reference-app']), ...args], {
  env: process.env,
  cwd: process.cwd(),
  terminal: new Terminal(process.stdout, process.stderr, process.env),
});
