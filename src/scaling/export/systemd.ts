/** An app as a systemd unit. `deploy/systemd/tidegate.service` says why for each line. */
import { ExportError } from './export-error.ts';
import { checkName, checkWhole } from './topology.ts';

export interface ServiceTopology {
  readonly app: string;
  /** The command, absolute: systemd has no PATH of yours. */
  readonly command: string;
  readonly script: string;
  /** Passed to the app, after `--`. */
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly drainTimeoutMs: number;
  readonly killTimeoutMs: number;
}

const STOP_MARGIN_SECONDS = 10;

/**
 * The text of a unit that starts, reloads and drains the app.
 * @throws ExportError when something given can't stand in the file
 */
export function systemdUnit(topology: ServiceTopology): string {
  const app = checkName('app', topology.app);
  const drainMs = checkWhole('drainTimeoutMs', topology.drainTimeoutMs, 0, 3_600_000);
  const killMs = checkWhole('killTimeoutMs', topology.killTimeoutMs, 0, 600_000);
  const words = [absolute('command', topology.command), 'start', topology.script, '--name', app];
  const args = topology.args.length === 0 ? [] : ['--', ...topology.args];
  const lines = [
    `# ${app}: written by tidegate export systemd.`,
    `#   cp ${app}.service /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now ${app}`,
    '[Unit]',
    `Description=${app}, run by Tidegate`,
    'After=network-online.target',
    'Wants=network-online.target',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=exec',
    `User=${checkName('user', topology.user)}`,
    `WorkingDirectory=${escapeSpecifiers('workingDirectory', absolute('workingDirectory', topology.workingDirectory))}`,
    `ExecStart=${[...words, ...args].map(word).join(' ')}`,
    'Environment=NODE_ENV=production',
    `Environment=TIDEGATE_RUNTIME_DIR=/run/${app}`,
    ...Object.entries(topology.environment).map(([name, value]) => `Environment=${assignment(name, value)}`),
    `RuntimeDirectory=${app}`,
    'RuntimeDirectoryMode=0700',
    'ExecReload=/bin/kill -HUP $MAINPID',
    'KillMode=mixed',
    'KillSignal=SIGTERM',
    `TimeoutStopSec=${Math.ceil((drainMs + killMs) / 1_000) + STOP_MARGIN_SECONDS}`,
    'Restart=on-failure',
    'RestartSec=2',
    'LimitNOFILE=65536',
    'OOMPolicy=continue',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    'PrivateTmp=yes',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * The text of the socket unit beside it: systemd binds the port and keeps it while the service is restarted, so that no client is refused.
 * @throws ExportError when something given can't stand in the file
 */
export function systemdSocketUnit(topology: { readonly app: string; readonly port: number }): string {
  const app = checkName('app', topology.app);
  const port = checkWhole('socket', topology.port, 1, 65_535);
  return `${[
    `# ${app}: written by tidegate export systemd --socket. The app has to listen on this port.`,
    `#   cp ${app}.socket /etc/systemd/system/ && systemctl daemon-reload`,
    `#   systemctl stop ${app} && systemctl enable --now ${app}.socket && systemctl start ${app}`,
    '[Unit]',
    `Description=Port of ${app}`,
    '',
    '[Socket]',
    `ListenStream=${port}`,
    'Backlog=4096',
    'NoDelay=true',
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ].join('\n')}\n`;
}

function absolute(what: string, given: string): string {
  if (given.startsWith('/')) return given;
  throw new ExportError(`${what}: ${JSON.stringify(given)} is not allowed; give a path that begins with /`);
}

/** % begins a specifier. A line ends the value. */
function escapeSpecifiers(what: string, text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  if (/[\u0000-\u001f]/.test(text))
    throw new ExportError(`${what}: ${JSON.stringify(text)} is not allowed; give one line without control characters`);
  return text.replaceAll('%', '%%');
}

/** One word of a command line: quoted where it has to be; $ would be a variable. */
function word(text: string): string {
  const escaped = escapeSpecifiers('a word of the command', text).replaceAll('$', '$$$$');
  if (/^[\w@%+=:,./$-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** `NAME=value` as one word; $ means nothing there. */
function assignment(name: string, value: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new ExportError(`environment: ${JSON.stringify(name)} is not allowed; give letters, digits and _`);
  const text = `${name}=${escapeSpecifiers(`environment.${name}`, value)}`;
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
