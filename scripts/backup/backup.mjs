// npm run backup: makes a backup now, and removes those past their time. Settings: settings.mjs.
//   backup.mjs            make one
//   backup.mjs --list     names, oldest first
//   backup.mjs --verify [name]   signature and checksums, of the newest one by default
//   backup.mjs --check    fails when the newest is older than twice BACKUP_EVERY: a health check
import { backupsIn, createBackup, newestOf, prune, timeOf, verifyBackup } from './archive.mjs';
import { run } from './run.mjs';
import { BackupError, readSettings } from './settings.mjs';

run(async (args) => {
  const settings = readSettings(process.env);
  const newest = backupsIn(settings.directory).at(-1);
  const needed = (name) => {
    if (name === undefined) throw new BackupError('NO_BACKUP', `there is no backup in ${settings.directory}`);
    return name;
  };
  switch (args[0]) {
    case undefined: {
      const content = await createBackup(settings, Date.now());
      return { ...content, removed: prune(settings, Date.now()) };
    }
    case '--list':
      return backupsIn(settings.directory);
    case '--verify':
      return (await verifyBackup(settings, needed(args[1] ?? newest))).content;
    case '--check': {
      const nowMs = Date.now();
      const name = needed(newestOf(settings.directory, nowMs));
      const ageMs = nowMs - timeOf(name);
      if (ageMs > 2 * settings.everyMs)
        throw new BackupError('TOO_OLD', `the newest backup, ${name}, is ${Math.round(ageMs / 60_000)} minutes old`);
      return { newest: name, ageMs };
    }
    default:
      throw new BackupError('USAGE', `${args[0]} is not known; give nothing, --list, --verify [name] or --check`);
  }
});
