// Writes what config/options says of each option into .env.scaling.example and the tables of docs/CONFIGURATION.md.
// usage: node scripts/option-docs.mjs [compiled folder]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = path.resolve(root, process.argv[2] ?? 'dist');
const { optionGroups } = await import(pathToFileURL(path.join(compiled, 'config/schema.js')).href);

rewrite('.env.scaling.example', (text) => {
  const head = text.slice(0, text.indexOf('# ====='));
  const groups = Object.entries(optionGroups).map(([title, table]) => {
    const options = Object.values(table).map(
      (option) => `\n# ${option.doc}\n# Allowed: ${option.allowed}.\n#${option.env}=${written(option.fallback)}\n`,
    );
    return `# ===== ${title} =====\n${options.join('')}`;
  });
  return head + groups.join('\n');
});

rewrite('docs/CONFIGURATION.md', (text) => {
  let doc = text;
  const groups = Object.entries(optionGroups);
  for (const [index, [title, table]] of groups.entries()) {
    const rows = Object.entries(table).map(([key, option]) => {
      const value = written(option.fallback);
      return `| \`${option.env}\` | \`${key}\` | ${value === '' ? 'empty' : `\`${value}\``} | ${option.allowed} | ${option.doc} |`;
    });
    const block = ['| variable | in a file | default | allowed | meaning |', '|---|---|---|---|---|', ...rows].join(
      '\n',
    );
    const following = groups.slice(index + 1).map(([next]) => `### ${next}\n`);
    doc = withTable(doc, `### ${title}\n`, block, following);
  }
  return doc;
});

/** The text with the table under a heading replaced; a heading that is missing is added before the next one of those that follow. */
function withTable(doc, heading, block, following) {
  const at = doc.indexOf(heading);
  if (at < 0) {
    const before = doc.indexOf(following.find((next) => doc.includes(next)) ?? '## Without effect');
    return `${doc.slice(0, before)}${heading}\n${block}\n\n${doc.slice(before)}`;
  }
  const start = doc.indexOf('| variable', at);
  return doc.slice(0, start) + block + doc.slice(doc.indexOf('\n\n', start));
}

function written(fallback) {
  return Array.isArray(fallback) ? fallback.join(',') : String(fallback);
}

function rewrite(file, change) {
  const whole = path.join(root, file);
  writeFileSync(whole, change(readFileSync(whole, 'utf8')));
}
