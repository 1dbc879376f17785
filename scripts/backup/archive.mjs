// A backup is a directory: sealed files, and a signed manifest with the checksum of each. It appears whole, or not at all.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { allDone } from './all-done.mjs';
import { dumpPostgres, restorePostgres, tablesOf } from './postgres.mjs';
import { dumpRedis, keyCountOf, restoreRedis } from './redis.mjs';
import { isSignature, keysOf, newSalt, sha256Of, sign } from './sealed-file.mjs';
import { BackupError } from './settings.mjs';

const NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/;
const PARTIAL = '.partial-';
const MANIFEST = 'manifest.json';
/** No backup takes so long: what is unfinished then was left by a run that was killed. */
const PARTIAL_KEPT_MS = 86_400_000;

/** Names of all backups, oldest first: a name is the time. */
export function backupsIn(directory) {
  try {
    return readdirSync(directory)
      .filter((name) => NAME.test(name))
      .sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The newest that was made by now; undefined: there is none. One of the future was made by a clock that was wrong: it says nothing. */
export function newestOf(directory, nowMs) {
  return backupsIn(directory).findLast((name) => timeOf(name) <= nowMs);
}

export function timeOf(name) {
  return Date.parse(name.replace(/T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/, 'T$1:$2:$3.$4Z'));
}

/** @returns the manifest */
export async function createBackup(settings, nowMs) {
  const name = new Date(nowMs).toISOString().replace(/[:.]/g, '-');
  const partial = path.join(settings.directory, `${PARTIAL}${name}`);
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  try {
    const salt = newSalt();
    const keys = keysOf(settings.passphrase, salt);
    const [postgres, redis] = await allDone([
      settings.postgres === null
        ? null
        : dumpPostgres(settings.postgres, path.join(partial, 'postgres.dump.sealed'), keys),
      settings.redis === null
        ? []
        : dumpRedis(
            settings.redis,
            (index) => ({
              name: `redis-${index + 1}.rdb.sealed`,
              file: path.join(partial, `redis-${index + 1}.rdb.sealed`),
            }),
            keys,
          ),
    ]);
    const files = [...(postgres === null ? [] : [{ name: 'postgres.dump.sealed', ...postgres }]), ...redis];
    const content = { format: 1, name, tookMs: Date.now() - nowMs, files };
    const text = JSON.stringify(content);
    const manifest = { salt, signature: sign(text, keys), content };
    writeFileSync(path.join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(partial, path.join(settings.directory, name));
    return content;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Removes what is older than it is to be kept, and what a run that was killed has left; the newest stays, however old.
 * @returns names of the backups removed
 */
export function prune(settings, nowMs) {
  const newest = newestOf(settings.directory, nowMs);
  const old = backupsIn(settings.directory).filter((name) => name !== newest && nowMs - timeOf(name) > settings.keepMs);
  for (const entry of readdirSync(settings.directory)) {
    const name = entry.slice(PARTIAL.length);
    if (entry.startsWith(PARTIAL) && NAME.test(name) && nowMs - timeOf(name) > PARTIAL_KEPT_MS)
      rmSync(path.join(settings.directory, entry), { recursive: true });
  }
  for (const name of old) rmSync(path.join(settings.directory, name), { recursive: true });
  return old;
}

/**
 * Checks signature and checksums.
 * @throws BackupError NO_BACKUP, WRONG_KEY (or the manifest was changed), CORRUPT
 */
export async function verifyBackup(settings, name) {
  const directory = path.join(settings.directory, name);
  let manifest;
  try {
    manifest = JSON.parse(readFileSync(path.join(directory, MANIFEST), 'utf8'));
  } catch (error) {
    throw new BackupError('NO_BACKUP', `${name}: its manifest can't be read (${error.code ?? error.message})`);
  }
  const keys = keysOf(settings.passphrase, manifest.salt);
  if (!isSignature(manifest.signature, JSON.stringify(manifest.content), keys))
    throw new BackupError(
      'WRONG_KEY',
      `${name}: BACKUP_KEY is not the one it was made with, or its manifest was changed`,
    );
  for (const { name: file, sha256 } of manifest.content.files) {
    const actual = await sha256Of(path.join(directory, file)).catch((error) => error.code);
    if (actual !== sha256)
      throw new BackupError(
        'CORRUPT',
        `${name}: ${file} is not what was written (SHA-256 ${actual}, written ${sha256})`,
      );
  }
  return { content: manifest.content, keys, directory };
}

/**
 * Restores everything that the backup has.
 * @param overwrite what is there may go
 * @throws BackupError NOT_EMPTY, and those of `verifyBackup`: nothing was touched then
 */
export async function restoreBackup(settings, name, overwrite) {
  const { content, keys, directory } = await verifyBackup(settings, name);
  const fileOf = (file) => path.join(directory, file.name);
  const dump = content.files.find((file) => file.name.startsWith('postgres'));
  const snapshots = content.files.filter((file) => file.name.startsWith('redis'));
  const toPostgres = dump !== undefined && settings.postgres !== null;
  const toRedis = snapshots.length > 0 && settings.redis !== null;
  if (!overwrite) {
    const tables = toPostgres ? await tablesOf(settings.postgres) : 0;
    const keyCount = toRedis ? await keyCountOf(settings.redis) : 0;
    if (tables + keyCount > 0)
      throw new BackupError(
        'NOT_EMPTY',
        `there are ${tables} tables and ${keyCount} keys, which a restore replaces; --overwrite allows it`,
      );
  }
  if (toPostgres) await restorePostgres(settings.postgres, fileOf(dump), keys);
  const restoredKeys = toRedis ? await restoreRedis(settings.redis, snapshots.map(fileOf), keys) : 0;
  return { name, postgres: toPostgres, restoredKeys };
}
