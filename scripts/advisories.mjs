// Whether a production dependency has a known advisory: by the registry's audit, and where that can't be asked, by whether newer versions
// are out, which it says is less. Exits 1 for an advisory.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** npm's answer as JSON, whatever its exit code; null: it gave none. */
function npm(...args) {
  const { stdout } = spawnSync('npm', [...args, '--omit=dev', '--json'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  });
  try {
    return JSON.parse(stdout || '{}');
  } catch {
    return null;
  }
}

const audit = npm('audit');
const found = audit?.metadata?.vulnerabilities;
if (found !== undefined) {
  for (const { name, severity, range, fixAvailable } of Object.values(audit.vulnerabilities)) {
    const remedy = fixAvailable ? 'npm audit fix has a newer one' : 'there is no newer one yet';
    process.stdout.write(`${name} ${range}: ${severity}; ${remedy}\n`);
  }
  process.stdout.write(`${found.total} advisories about production dependencies, by the registry's audit\n`);
  process.exitCode = found.total > 0 ? 1 : 0;
} else {
  const why = audit?.message ?? audit?.error?.summary ?? 'no answer';
  process.stdout.write(`The registry's audit can't be asked here (${why}), so advisories are not known.\n`);
  const outdated = npm('outdated');
  if (outdated === null || outdated.error !== undefined) {
    process.stdout.write('Nor can it be asked which versions are the newest.\n');
    process.exit();
  }
  const behind = Object.entries(outdated).filter(([name]) => !name.startsWith('@types/'));
  for (const [name, { current, latest }] of behind) process.stdout.write(`${name} ${current}: ${latest} is out\n`);
  if (behind.length === 0) process.stdout.write('Every production dependency is the newest that was released.\n');
}
