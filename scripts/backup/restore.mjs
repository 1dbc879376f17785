// npm run restore: puts a backup back, the newest one by default. Signature and checksums are checked before anything is touched.
//   restore.mjs [name] [--overwrite]
import { backupsIn, restoreBackup } from './archive.mjs';
import { run } from './run.mjs';
import { BackupError, readSettings } from './settings.mjs';

run(async (args) => {
  const unknown = args.find((arg) => arg.startsWith('--') && arg !== '--overwrite');
  if (unknown !== undefined) throw new BackupError('USAGE', `${unknown} is not known; give [name] [--overwrite]`);
  const settings = readSettings(process.env);
  const names = backupsIn(settings.directory);
  const name = args.find((arg) => !arg.startsWith('--')) ?? names.at(-1);
  if (name === undefined || !names.includes(name))
    throw new BackupError(
      'NO_BACKUP',
      `there is no ${name ?? 'backup'} in ${settings.directory}; there are: ${names.join(', ') || 'none'}`,
    );
  return restoreBackup(settings, name, args.includes('--overwrite'));
});
