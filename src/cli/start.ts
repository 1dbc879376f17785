import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { controlSocketPath, runtimeDir } from '../../config/runtime-dir.ts';
import type { StartRequest } from '../runtime/start-request.ts';
import { CliError, UsageError } from './errors.ts';
import { socketState } from './instances.ts';
import type { StartFlags } from './start-config.ts';
import { type CliContext, examples, type Verb } from './verb.ts';

/** `tidegate start`: runs an app in the foreground until it is told to stop. */
export const start: Verb = (program, context) => {
  program
    .command('start')
    .description('run an app in as many workers as the load needs')
    .argument('<script>', 'the app, or an ecosystem.config.{js,cjs,mjs,json} of PM2')
    .argument('[args...]', "the app's own arguments, after --")
    .usage('<script> [options] [-- args]')
    .option('-i, --instances <n>', 'workers: a number, max (one per core), auto (scaled; the default)')
    .option('--name <name>', "name of this instance (the script's file name)")
    .option('--port <port>', 'given to the app as PORT')
    .option('--env <name>', 'lay env_<name> of the ecosystem file over env')
    .option('--wait-ready', "a worker is ready when it sends process.send('ready')")
    .option('--max-memory-restart <size>', 'recycle a worker above this size: 300M, 1G')
    .option('--config <file>', 'JSON file of options (CONFIG_FILE)')
    .option('--lb-algorithm <name>', 'how connections are balanced (adaptive)')
    .option('--min <n>', 'the scaler never goes below')
    .option('--max <n>', 'the scaler never goes above')
    .option('--node-args <args>', 'options for Node itself, in quotes: "--max-old-space-size=512"')
    .option('--only <app>', 'the app of an ecosystem file that has several')
    .addHelpText(
      'after',
      examples(
        'tidegate start server.js',
        'tidegate start server.js --min 2 --max 8 --max-memory-restart 300M',
        'tidegate start server.js -i 4 --port 8080 -- --verbose',
        'tidegate start ecosystem.config.cjs --only api --env production',
      ),
    )
    .action(async (script: string, _args: readonly string[], flags: StartFlags, command: Command) => {
      context.exitWith(await run(script, flags, argumentsOfApp(command), context));
    });
};

async function run(
  script: string,
  flags: StartFlags,
  appArgs: readonly string[],
  context: CliContext,
): Promise<number> {
  // Loaded only now, as the runtime is below: the other verbs need no schema of the configuration and start the sooner.
  const { planStart } = await import('./start-plan.ts');
  const { request, warnings } = await planStart(script, flags, appArgs, {
    cwd: context.cwd,
    env: context.env,
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
  });
  await assertNotRunning(request, context);
  for (const warning of warnings) context.terminal.errorLine(`Warning: ${warning}`);
  const [{ runPrimary }, { startFailure }] = await Promise.all([
    import('../runtime/run-primary.ts'),
    import('./start-failure.ts'),
  ]);
  return runPrimary(request).catch((error: unknown) => {
    throw startFailure(error);
  });
}

async function assertNotRunning({ name, config }: StartRequest, context: CliContext): Promise<void> {
  const socketPath = controlSocketPath(runtimeDir(context.env, config.runtimeDir), name);
  const state = await socketState(socketPath);
  if (state === undefined || state === 'stale') return;
  const message =
    state === 'live'
      ? `"${name}" is running already. Renew it with: tidegate reload --name ${name}; or start a second one with --name <other>`
      : `"${name}" may be running already: ${socketPath} can't be opened. It is another user's, or that process hangs; take another name with --name <other>, or another TIDEGATE_RUNTIME_DIR`;
  throw new CliError('ALREADY_RUNNING', message);
}

/** What stood after `--`. Anything else beside the script is a mistake: more often a forgotten `--` than an argument. */
function argumentsOfApp(command: Command): readonly string[] {
  const [, ...operands] = command.args;
  const words = rootOf(command).rawArgs;
  const separator = words.indexOf('--');
  const afterSeparator = separator === -1 ? 0 : words.length - separator - 1;
  const excess = operands[0];
  if (excess !== undefined && operands.length > afterSeparator) {
    throw new UsageError(
      `Unexpected ${JSON.stringify(excess)}: arguments of the app go after --, as in: tidegate start app.js -- ${excess}`,
    );
  }
  return operands;
}

function rootOf(command: Command): Command & { readonly rawArgs: readonly string[] } {
  let root = command;
  while (root.parent !== null) root = root.parent;
  // Commander documents rawArgs; its types leave it out.
  return root as Command & { readonly rawArgs: readonly string[] };
}
