/** A topology as a Compose file, for Compose 1.29 and 2: the app's containers, and HAProxy before them. */
import { ExportError } from './export-error.ts';
import { checkName, checkPath, checkWhole } from './topology.ts';

export interface ComposeTopology {
  readonly app: string;
  readonly image: string;
  /** The app's port within its container. */
  readonly port: number;
  /** HAProxy's, on the machine. */
  readonly publishedPort: number;
  readonly replicas: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly healthPath: string;
  readonly drainTimeoutMs: number;
  /** HAProxy's configuration, beside the Compose file. */
  readonly haproxyFile: string;
}

const MEBIBYTE = 1_048_576;
/** Signals to the drained app come after the drain. */
const STOP_MARGIN_SECONDS = 10;

type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml };

/**
 * The text of a Compose file. HAProxy finds the containers by the service's name: give `haproxyConfig` a discovered server of the name
 * `app`, this port, and Docker's DNS, 127.0.0.11:53.
 * @throws ExportError when something given can't stand in the file
 */
export function composeFile(topology: ComposeTopology): string {
  const name = checkName('app', topology.app);
  const stopSeconds =
    Math.ceil(checkWhole('drainTimeoutMs', topology.drainTimeoutMs, 0, 3_600_000) / 1_000) + STOP_MARGIN_SECONDS;
  const port = checkWhole('port', topology.port, 1, 65_535);
  const file: Yaml = {
    services: {
      app: {
        image: literal(checkImage(topology.image)),
        restart: 'unless-stopped',
        init: true,
        environment: Object.fromEntries(
          Object.entries({
            NODE_ENV: 'production',
            PORT: String(port),
            CLUSTER_ENABLED: 'false',
            ...topology.environment,
          }).map(([key, value]) => [key, literal(value)]),
        ),
        networks: ['web'],
        stop_grace_period: `${stopSeconds}s`,
        healthcheck: {
          test: ['CMD', 'node', '-e', literal(healthProbe(port, checkPath('healthPath', topology.healthPath)))],
          interval: '5s',
          timeout: '3s',
          retries: 3,
          start_period: '20s',
        },
        deploy: {
          replicas: checkWhole('replicas', topology.replicas, 1, 1_000),
          resources: { limits: { cpus: cpus(topology.cpus), memory: megabytes(topology.memoryBytes) } },
        },
      },
      haproxy: {
        image: 'haproxy:2.6',
        restart: 'unless-stopped',
        stop_signal: 'SIGUSR1',
        stop_grace_period: `${stopSeconds}s`,
        sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
        ports: [`${checkWhole('publishedPort', topology.publishedPort, 1, 65_535)}:80`],
        volumes: [`${literal(topology.haproxyFile)}:/usr/local/etc/haproxy/haproxy.cfg:ro`],
        networks: ['edge', 'web'],
        depends_on: ['app'],
      },
    },
    networks: { edge: {}, web: {} },
  };
  return `# ${name}: written by tidegate export compose.\n${lines(file, '').join('\n')}\n`;
}

/** Compose reads $NAME as a variable, everywhere. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function checkImage(image: string): string {
  if (/^[\w./:@-]+$/.test(image)) return image;
  throw new ExportError(`image: ${JSON.stringify(image)} is not allowed; give a name such as registry.example/app:1.2`);
}

function cpus(given: number): string {
  if (given > 0 && given <= 1_024) return given.toFixed(2);
  throw new ExportError(`cpus: ${given} is not allowed; give a number above 0, 1024 at most`);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(checkWhole('memoryBytes', bytes, 16 * MEBIBYTE, 2 ** 50) / MEBIBYTE)}M`;
}

/** No image has to have curl for it. */
function healthProbe(port: number, path: string): string {
  return `require('http').get('http://127.0.0.1:${port}${path}', (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`;
}

/** Block style; every text is quoted as JSON does, which YAML reads the same. */
function lines(value: Yaml, indent: string): string[] {
  if (typeof value !== 'object') return [`${indent}${JSON.stringify(value)}`];
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${JSON.stringify(item)}`);
  return Object.entries(value).flatMap(([key, child]) => {
    const head = `${indent}${/^[A-Za-z_][\w.-]*$/.test(key) ? key : JSON.stringify(key)}:`;
    if (typeof child !== 'object') return [`${head} ${JSON.stringify(child)}`];
    if (Object.keys(child).length === 0) return [`${head} ${JSON.stringify(child)}`];
    return [head, ...lines(child, `${indent}  `)];
  });
}
