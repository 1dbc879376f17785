// `npm run monitor`: where the dashboards of the stack are, and its state in the terminal, again and again until Ctrl-C.
//   node scripts/docker/monitor.mjs [--once]      once, also where the output is no terminal
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, parseEnv } from 'node:util';
import { stackAddresses } from './addresses.mjs';
import { addressLines, statusLines } from './monitor-view.mjs';
import { stackFigures } from './stack-figures.mjs';

const EVERY_MS = 2_000;
const HOME_AND_CLEAR = '\u001b[H\u001b[J';
const root = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const envFile = path.join(root, '.env.scaling');
const settings = { ...(existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {}), ...process.env };
const addresses = stackAddresses(settings);
const secrets = path.resolve(root, settings.SECRETS_DIRECTORY || 'deploy/secrets');
const once = values.once || !process.stdout.isTTY;

let parts = await look();
if (Object.values(parts).every(({ trouble }) => trouble !== undefined)) {
  process.stderr.write('The stack does not answer. Bring it up with: npm run docker:up\n');
  process.exitCode = 1;
} else if (once) {
  process.stdout.write(`${page()}\n`);
} else {
  process.once('SIGINT', () => process.exit(0));
  for (;;) {
    process.stdout.write(`${HOME_AND_CLEAR}${page()}\n`);
    await pause(EVERY_MS);
    parts = await look();
  }
}

function look() {
  return stackFigures(addresses, secrets, settings.STATS_USER || 'admin');
}

function page() {
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const lines = [
    `Tidegate stack  ${new Date().toLocaleTimeString()}`,
    ...addressLines(addresses),
    '',
    ...statusLines(parts, Date.now()),
  ];
  return lines.map((line) => (once ? line : line.slice(0, width))).join('\n');
}
