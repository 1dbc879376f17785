import { runCommandLine } from '../../../src/cli/program.ts';
import { Terminal } from '../../../src/cli/terminal.ts';

/** One command line, and what it printed. */
export async function runCli(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const printed = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof printed) => ({
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const terminal = new Terminal(stream('stdout'), stream('stderr'), env);
  const code = await runCommandLine(args, { env, cwd, terminal });
  return { code, ...printed };
}
