// The stack of docker-compose.scaling.yml, by `docker compose` or, where that is missing, `docker-compose`.
//   stack.mjs build | up | down | logs | cluster-init   [further arguments of compose: --scale app=5, -v, -f app …]
// Settings are read from .env.scaling, if it is there; deploy/stack.env.example lists them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { stackAddresses } from './addresses.mjs';
import { engineSocket } from './engine-socket.mjs';
import { addressLines } from './monitor-view.mjs';
import { makeSecrets } from './secrets.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const EXIT_USAGE = 2;

/** What each verb is of compose. */
const VERBS = {
  build: (args) => ['--profile', 'backup', 'build', ...args],
  up: (args) => ['up', '-d', ...args],
  down: (args) => ['--profile', 'logging', '--profile', 'backup', 'down', ...args],
  logs: (args) => ['logs', '--tail', '100', ...(args.length > 0 ? args : ['-f'])],
  'cluster-init': (args) => ['run', '--rm', 'redis-init', ...args],
};

const fail = (message, code = 1) => {
  process.stderr.write(`${message}\n`);
  process.exit(code);
};
const works = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const [verb = '', ...args] = process.argv.slice(2);
const argumentsOf = VERBS[verb];
if (argumentsOf === undefined)
  fail(`stack.mjs: ${verb || 'nothing'} is not known; give one of ${Object.keys(VERBS).join(', ')}`, EXIT_USAGE);
const compose = works('docker', 'compose', 'version') ? ['docker', 'compose'] : ['docker-compose'];
if (compose.length === 1 && !works('docker-compose', 'version'))
  fail('Docker Compose is not installed: neither `docker compose` nor `docker-compose` answers');

const envFile = path.join(root, '.env.scaling');
const settings = existsSync(envFile) ? ['--env-file', envFile] : [];
const given = { ...(existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {}), ...process.env };
if (verb === 'up' || verb === 'cluster-init') {
  try {
    const directory = path.resolve(root, given.SECRETS_DIRECTORY || 'deploy/secrets');
    const made = makeSecrets(directory);
    if (made.length > 0) process.stdout.write(`made in ${directory}: ${made.join(', ')}\n`);
  } catch (error) {
    fail(error.message);
  }
}
const [command, ...first] = compose;
const env = { ...process.env, ...engineSocket(given) };
const file = ['-f', path.join(root, 'docker-compose.scaling.yml')];
const { status, error } = spawnSync(command, [...first, ...settings, ...file, ...argumentsOf(args)], {
  cwd: root,
  stdio: 'inherit',
  env,
});
if (error !== undefined) fail(`${command}: ${error.message}`);
process.exitCode = status ?? 1;
if (verb === 'up' && status === 0) process.stdout.write(`\n${addressLines(stackAddresses(given)).join('\n')}\n`);
