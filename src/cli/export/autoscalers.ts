import { loadConfig } from '../../../config/load.ts';
import { loadScalingPolicy } from '../../runtime/scaling-policy.ts';
import { CliError } from '../errors.ts';
import { hpaManifest } from '../manifests/hpa.ts';
import { kedaManifest } from '../manifests/keda.ts';
import { type Translation, translate } from '../manifests/translation.ts';
import { yaml } from '../manifests/yaml.ts';
import { type CliContext, examples, type Verb } from '../verb.ts';

interface Flags {
  readonly name: string;
  readonly config?: string;
  readonly prometheus?: string;
}

const KINDS = { hpa: 'a HorizontalPodAutoscaler', keda: 'a KEDA ScaledObject' } as const;
type Kind = keyof typeof KINDS;

/** `tidegate export hpa` and `… keda`: the closest equivalent of the scaling rules for another autoscaler. */
export const exportAutoscalers: Verb = (program, context) => {
  for (const kind of ['hpa', 'keda'] as const) {
    program
      .command(kind)
      .description(`the scaling rules as ${KINDS[kind]}, with comments on what it can not express`)
      .option('--name <deployment>', 'the Deployment that is scaled', 'app')
      .option('--config <file>', 'a configuration file, as for start')
      // hpa takes it as well, and has no use for it: both can be called alike.
      .option('--prometheus <url>', 'where KEDA asks for the metrics', 'http://prometheus:9090')
      .addHelpText('after', examples(`tidegate export ${kind} --name shop > ${kind}.yaml`))
      .action((flags: Flags) => write(kind, flags, context));
  }
};

function write(kind: Kind, { name, config: file, prometheus = '' }: Flags, { env, terminal }: CliContext): void {
  const { config } = loadConfig({ env, file });
  // In auto mode the demand model stands in for most of the shipped rules; a manifest needs them all.
  const policy = loadScalingPolicy({ ...config, scalingMode: 'rules' });
  const translation = translate(policy.rules);
  if (translation.metrics.length === 0) {
    throw new CliError(
      'NOTHING_TO_EXPORT',
      `No rule can be expressed as ${KINDS[kind]}: ${translation.lost.join('; ')}`,
    );
  }
  const manifest =
    kind === 'hpa' ? hpaManifest(name, policy, translation) : kedaManifest(name, prometheus, policy, translation);
  terminal.raw(`${heading(kind, translation, config.scalingMode)}${yaml(manifest)}`);
}

/** Comments that say what is lost on the way. */
function heading(kind: Kind, { lost }: Translation, mode: 'auto' | 'rules'): string {
  const lines = [
    `The closest to what Tidegate does with this configuration: ${KINDS[kind]}.`,
    'One worker a pod: set MIN_INSTANCES=1 and MAX_INSTANCES=1 in them.',
    'It can not express:',
    ...(mode === 'auto'
      ? [
          '- the demand model of SCALING_MODE=auto: backlog, start time, forecast, and the utilization that meets the objective',
        ]
      : []),
    '- guards: memory, cores taken, slow downstream, errors, crash loop, missing figures',
    '- pins and pauses by hand, confirmations, and the reasons that tidegate explain gives',
    ...lost.map((what) => `- ${what}`),
  ];
  return `${lines.map((line) => `# ${line}`).join('\n')}\n`;
}
