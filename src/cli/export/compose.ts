import { Option } from 'commander';
import { loadConfig } from '../../../config/load.ts';
import { BALANCER_DEFAULTS, composeFile } from '../../runtime/exported-files.ts';
import { UsageError } from '../errors.ts';
import { examples, type Verb, wholeNumber } from '../verb.ts';
import { environmentOf, repeated, wholeOption, written } from './flags.ts';

interface Flags {
  readonly name: string;
  readonly image: string;
  readonly port?: number;
  readonly publish: number;
  readonly replicas: number;
  readonly env: readonly string[];
  readonly cpus: number;
  readonly memory: number;
  readonly health: string;
  readonly haproxy: string;
  readonly config?: string;
}

const MEBIBYTE = 1_048_576;

/** `tidegate export compose`: containers of an app, and HAProxy before them. */
export const exportCompose: Verb = (program, context) => {
  program
    .command('compose')
    .description('docker-compose.yml with containers of the app and HAProxy before them; for Compose 1.29 and 2')
    .option('--name <app>', 'what the app is called', 'app')
    .requiredOption('--image <image>', 'the app’s image, which runs it under Tidegate')
    .addOption(
      new Option('--port <port>', 'the app’s, in its container (PORT)').argParser(wholeNumber('--port', 1, 65_535)),
    )
    .addOption(wholeOption('--publish <port>', 'HAProxy’s, on the machine', 1, 65_535, 80))
    .addOption(wholeOption('--replicas <n>', 'containers to begin with', 1, 1_000, 2))
    .addOption(new Option('--env <NAME=value>', 'of the app; may be repeated').argParser(repeated).default([], 'none'))
    .addOption(new Option('--cpus <n>', 'cores that a container may use').argParser(cores).default(1))
    .addOption(wholeOption('--memory <MiB>', 'memory that a container may use', 16, 1_048_576, 512))
    .option('--health <path>', 'answers 200 where requests may be sent', BALANCER_DEFAULTS.healthPath)
    .option('--haproxy <file>', 'HAProxy’s configuration, beside the file', './haproxy.cfg')
    .option('--config <file>', 'a configuration file, as for start: PORT and DRAIN_TIMEOUT_MS count')
    .addHelpText(
      'after',
      examples(
        'tidegate export compose --image registry.example/shop:1.2 > docker-compose.yml',
        'tidegate export haproxy --discover app:3001 > haproxy.cfg    # the file that it mounts',
        'tidegate export compose --image shop:1 --replicas 4 --memory 300 --env LOG_LEVEL=warn',
      ),
    )
    .action((flags: Flags) => {
      const { config } = loadConfig({ env: context.env, file: flags.config });
      const text = written(() =>
        composeFile({
          app: flags.name,
          image: flags.image,
          port: flags.port ?? config.port,
          publishedPort: flags.publish,
          replicas: flags.replicas,
          environment: environmentOf(flags.env),
          cpus: flags.cpus,
          memoryBytes: flags.memory * MEBIBYTE,
          healthPath: flags.health,
          drainTimeoutMs: config.drainTimeoutMs,
          haproxyFile: flags.haproxy,
        }),
      );
      context.terminal.raw(text);
    });
};

function cores(text: string): number {
  const value = /^\d{1,4}(\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new UsageError(`--cpus: ${JSON.stringify(text)} is not allowed; give a number above 0, such as 0.5`);
}
