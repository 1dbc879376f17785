// A command: its result as JSON on stdout and 0, or one line on stderr and 1 (2: wrong usage).
const EXIT_USAGE = 2;

/** @param {(args: string[]) => Promise<unknown>} command */
export async function run(command) {
  try {
    process.stdout.write(`${JSON.stringify(await command(process.argv.slice(2)), null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`${error.name === 'BackupError' ? error.message : error.stack}\n`);
    process.exitCode = error.code === 'USAGE' || error.code === 'BAD_SETTING' ? EXIT_USAGE : 1;
  }
}
