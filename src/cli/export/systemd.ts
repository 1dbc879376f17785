import { userInfo } from 'node:os';
import path from 'node:path';
import { Option } from 'commander';
import { loadConfig } from '../../../config/load.ts';
import { systemdSocketUnit, systemdUnit } from '../../runtime/exported-files.ts';
import { examples, type Verb, wholeNumber } from '../verb.ts';
import { environmentOf, repeated, written } from './flags.ts';

interface Flags {
  readonly name?: string;
  readonly user?: string;
  readonly directory?: string;
  readonly command: string;
  readonly env: readonly string[];
  readonly config?: string;
  readonly socket?: number;
}

/** `tidegate export systemd`: one app as a service of a machine. */
export const exportSystemd: Verb = (program, context) => {
  program
    .command('systemd')
    .description('a unit of systemd that starts, reloads and drains the app')
    .argument('<script>', 'the app, as for start')
    .argument('[args...]', 'arguments of the app, after --')
    .option('--name <app>', 'of the instance and of the unit; else the script’s file name')
    .option('--user <user>', 'who runs it; else who calls this')
    .option('--directory <path>', 'working directory; else the current one')
    .option('--command <path>', 'where systemd finds tidegate', '/usr/local/bin/tidegate')
    .addOption(new Option('--env <NAME=value>', 'of the app; may be repeated').argParser(repeated).default([], 'none'))
    .option('--config <file>', 'a configuration file, as for start: DRAIN_TIMEOUT_MS and KILL_TIMEOUT_MS count')
    .addOption(
      new Option('--socket <port>', 'the socket unit instead: systemd keeps the port through a restart').argParser(
        wholeNumber('--socket', 1, 65_535),
      ),
    )
    .addHelpText(
      'after',
      examples(
        'tidegate export systemd server.js --name shop --user shop --directory /opt/shop > shop.service',
        'tidegate export systemd server.js --name shop --socket 3000 > shop.socket',
        'tidegate export systemd server.js --env PORT=8080 -- --greeting hello',
      ),
    )
    .action((script: string, args: readonly string[], flags: Flags) => {
      const app = flags.name ?? path.basename(script, path.extname(script));
      const { socket } = flags;
      if (socket !== undefined) {
        context.terminal.raw(written(() => systemdSocketUnit({ app, port: socket })));
        return;
      }
      const { config } = loadConfig({ env: context.env, file: flags.config });
      const text = written(() =>
        systemdUnit({
          app,
          command: flags.command,
          script,
          args,
          workingDirectory: path.resolve(context.cwd, flags.directory ?? '.'),
          user: flags.user ?? userInfo().username,
          environment: environmentOf(flags.env),
          drainTimeoutMs: config.drainTimeoutMs,
          killTimeoutMs: config.killTimeoutMs,
        }),
      );
      context.terminal.raw(text);
    });
};
