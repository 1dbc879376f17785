/** Entry of the `tidegate` command. */
import { runCommandLine } from './program.ts';
import { Terminal } from './terminal.ts';

// `tidegate logs | head` closes our output early: that is no failure, and no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  terminal: new Terminal(process.stdout, process.stderr, process.env),
});
