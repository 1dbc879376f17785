import { loadConfig } from '../../../config/load.ts';
import { BALANCER_DEFAULTS, type BalancerTopology, haproxyConfig } from '../../runtime/exported-files.ts';
import { UsageError } from '../errors.ts';
import { examples, type Verb } from '../verb.ts';
import { addressOf, wholeOption, written } from './flags.ts';

interface Flags {
  readonly name: string;
  readonly servers?: string;
  readonly discover?: string;
  readonly slots: number;
  readonly dns: string;
  readonly health: string;
  readonly httpPort: number;
  readonly tls?: string;
  readonly tlsPort: number;
  readonly stats: string;
  readonly rateLimit: number;
  readonly maxConnections: number;
  readonly config?: string;
}

/** `tidegate export haproxy`: what stands before several instances. */
export const exportHaproxy: Verb = (program, context) => {
  program
    .command('haproxy')
    .description('haproxy.cfg for instances with known addresses, or ones that a DNS name has')
    .option('--name <app>', 'what the app is called', 'app')
    .option('--servers <list>', 'instances, as host:port with commas between')
    .option('--discover <name:port>', 'instances that this DNS name has an address for each')
    .addOption(wholeOption('--slots <n>', 'most instances that are discovered', 1, 1_000, 20))
    .option('--dns <address>', 'DNS server to ask; the default is Docker’s', '127.0.0.11:53')
    .option('--health <path>', 'answers 200 where requests may be sent', BALANCER_DEFAULTS.healthPath)
    .addOption(wholeOption('--http-port <port>', 'port for HTTP', 1, 65_535, BALANCER_DEFAULTS.httpPort))
    .option('--tls <file>', 'certificate, chain and key in one file; without it there is no TLS')
    .addOption(wholeOption('--tls-port <port>', 'port for HTTPS', 1, 65_535, 443))
    .option('--stats <address>', 'host:port of the statistics page', BALANCER_DEFAULTS.statsAddress)
    .addOption(
      wholeOption(
        '--rate-limit <n>',
        'requests of a client in 10 s; 0: any',
        0,
        1e6,
        BALANCER_DEFAULTS.rateLimitPer10s,
      ),
    )
    .addOption(wholeOption('--max-connections <n>', 'of all clients', 1, 1e6, BALANCER_DEFAULTS.maxConnections))
    .option('--config <file>', 'a configuration file, as for start: DRAIN_TIMEOUT_MS counts')
    .addHelpText(
      'after',
      examples(
        'tidegate export haproxy --servers 10.0.0.5:3001,10.0.0.6:3001 > haproxy.cfg',
        'tidegate export haproxy --servers 10.0.0.5:3001 --tls /etc/haproxy/site.pem --health /ready',
        'tidegate export haproxy --discover app:3001 --slots 50 --stats :8080',
      ),
    )
    .action((flags: Flags) => {
      const { config } = loadConfig({ env: context.env, file: flags.config });
      const topology: BalancerTopology = {
        app: flags.name,
        servers: serversOf(flags),
        healthPath: flags.health,
        httpPort: flags.httpPort,
        tls: flags.tls === undefined ? null : { port: flags.tlsPort, certificateFile: flags.tls },
        statsAddress: flags.stats,
        drainTimeoutMs: config.drainTimeoutMs,
        maxConnections: flags.maxConnections,
        rateLimitPer10s: flags.rateLimit,
      };
      context.terminal.raw(written(() => haproxyConfig(topology)));
    });
};

function serversOf({ servers, discover, slots, dns }: Flags): BalancerTopology['servers'] {
  if ((servers === undefined) === (discover === undefined))
    throw new UsageError(
      'Where are the instances? Give either --servers or --discover. See: tidegate export haproxy --help',
    );
  if (discover !== undefined) {
    const { host, port } = addressOf('--discover', discover);
    return { kind: 'discovered', name: host, port, slots, dns };
  }
  return { kind: 'known', servers: (servers as string).split(',').map((one) => addressOf('--servers', one.trim())) };
}
