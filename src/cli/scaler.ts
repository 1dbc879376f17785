import { CliError, EXIT_FAILURE, EXIT_USAGE } from './errors.ts';
import { type CliContext, examples, type Verb } from './verb.ts';

/** `tidegate scaler`: scales the containers of a Compose service in the foreground until it is told to stop. */
export const scaler: Verb = (program, context) => {
  program
    .command('scaler')
    .description('scale the containers of a Compose service (COMPOSE_PROJECT, COMPOSE_SERVICE)')
    .option('--config <file>', 'JSON file of options (CONFIG_FILE)')
    .addHelpText(
      'after',
      examples(
        'tidegate scaler    # in a container of the project',
        'COMPOSE_PROJECT=shop tidegate scaler',
        'COMPOSE_PROJECT=shop COMPOSE_SERVICE=web MAX_INSTANCES=8 tidegate scaler',
      ),
    )
    .action(async (flags: { readonly config?: string }) => {
      context.exitWith(await run(flags.config, context));
    });
};

async function run(file: string | undefined, { env, terminal }: CliContext): Promise<number> {
  const [{ loadConfig }, { runScaler }] = await Promise.all([
    import('../../config/load.ts'),
    import('../runtime/run-scaler.ts'),
  ]);
  const { config, warnings } = loadConfig({ file, env });
  for (const warning of warnings) terminal.errorLine(`Warning: ${warning}`);
  return runScaler(config).catch((error: Error & { readonly code?: string }) => {
    throw new CliError(
      error.code ?? 'SCALER_FAILED',
      error.message,
      error.code === 'PROJECT_UNKNOWN' ? EXIT_USAGE : EXIT_FAILURE,
    );
  });
}
