import type { Command } from 'commander';
import { exportAutoscalers } from './export/autoscalers.ts';
import { exportCompose } from './export/compose.ts';
import { exportHaproxy } from './export/haproxy.ts';
import { exportSystemd } from './export/systemd.ts';
import { examples, type Verb } from './verb.ts';

/** Adds the kinds of files to `export`. */
const KINDS: readonly Verb[] = [exportAutoscalers, exportHaproxy, exportCompose, exportSystemd];

/** `tidegate export`: what is configured here as a file of another program. */
export const exportManifest: Verb = (program, context) => {
  const command: Command = program
    .command('export')
    .description('write configuration for another program: an autoscaler of Kubernetes, HAProxy, Compose, systemd')
    .addHelpText('after', () =>
      command.commands
        .filter((kind) => kind.options.length > 0)
        .map(optionsOf)
        .join(''),
    )
    .addHelpText(
      'after',
      examples(
        'tidegate export hpa --name shop > hpa.yaml',
        'tidegate export haproxy --servers 10.0.0.5:3001,10.0.0.6:3001 > haproxy.cfg',
        'tidegate export compose --name shop --image registry.example/shop:1.2 > docker-compose.yml',
        'tidegate export systemd server.js --name shop --user shop > shop.service',
      ),
    );
  for (const kind of KINDS) kind(command, context);
};

/** So that one page shows them all. */
function optionsOf(kind: Command): string {
  const help = kind.createHelp();
  const options = help.visibleOptions(kind).filter(({ long }) => long !== '--help');
  const terms = options.map((option) => [help.optionTerm(option), help.optionDescription(option)] as const);
  const width = Math.max(...terms.map(([term]) => term.length));
  const lines = terms.map(([term, description]) => `  ${term.padEnd(width)}  ${description}`);
  return `\nOptions of ${kind.name()}:\n${lines.join('\n')}\n`;
}
