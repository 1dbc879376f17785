// Makes the secrets of docker-compose.scaling.yml that are not there yet: random passwords, and a certificate that the machine signs itself
// (put a real one in its place: certificate, chain and key in one file). What is there stays as it is.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const REDIS_NODES = ['redis-1', 'redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6'];

/** The port of the discard service: nothing listens. */
const NOBODY = 'http://localhost:9/put-the-address-of-a-webhook-into-this-file';

/** Letters and digits only: it stands in addresses and configuration files. */
const password = () => randomBytes(24).toString('hex');

/** @param {string} directory */
export function makeSecrets(directory) {
  // The directory keeps others out; the files are read in containers, by users that this machine does not know. A checkout brings it
  // along, open to all.
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o700);
  const made = [];
  const make = (name, content) => {
    const file = path.join(directory, name);
    if (!existsSync(file)) {
      writeFileSync(file, content(), { mode: 0o444 });
      made.push(name);
    }
    return readFileSync(file, 'utf8').trim();
  };
  for (const name of [
    'session_secret',
    'postgres_password',
    'replication_password',
    'exporter_password',
    'stats_password',
    'grafana_password',
    'backup_key',
  ])
    make(name, password);
  make('management_tokens', () => `viewer:${password()},operator:${password()},admin:${password()}`);
  const redisPassword = make('redis_password', password);
  make('redis_exporter', () =>
    JSON.stringify(Object.fromEntries(REDIS_NODES.map((node) => [`redis://${node}:6379`, redisPassword]))),
  );
  make('tls_certificate', selfSigned);
  // Alertmanager reads them at each alert; until they are filled in, it logs that nobody listens there.
  make('alerts_webhook_url', () => process.env.ALERTS_WEBHOOK_URL || NOBODY);
  make('on_call_webhook_url', () => process.env.ON_CALL_WEBHOOK_URL || process.env.ALERTS_WEBHOOK_URL || NOBODY);
  return made;
}

function selfSigned() {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-tls-'));
  try {
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(directory, name));
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '825'];
    const { status, error, stderr } = spawnSync(
      'openssl',
      ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', certificate],
      { encoding: 'utf8' },
    );
    if (status !== 0) {
      const reason = error?.message ?? stderr.trim();
      throw new Error(`no certificate could be made (openssl: ${reason}); put one with its key into tls_certificate`);
    }
    return readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = process.env.SECRETS_DIRECTORY || path.join(root, 'deploy/secrets');
  try {
    const made = makeSecrets(path.resolve(directory));
    process.stdout.write(made.length > 0 ? `made in ${directory}: ${made.join(', ')}\n` : `${directory} is complete\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
