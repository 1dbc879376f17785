import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CONFIG_FILE_ENV } from '../../config/load.ts';
import { optionGroups, options } from '../../config/schema.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { installSignals } from '../../src/runtime/signals.ts';
import { REASON_MEANINGS } from '../../src/scaling/autoscale/reason.ts';
import { routes } from '../../src/scaling/management/routes/index.ts';
import { anchorsOf, codeOf, tableRows } from '../helpers/markdown.ts';

/** Variables that are not options of the schema: of the command line, of Node, of the shell. */
const OTHER_VARIABLES = [CONFIG_FILE_ENV, 'TIDEGATE_URL', 'TIDEGATE_TOKEN', 'TIDEGATE_CA', 'NODE_OPTIONS', 'NO_COLOR'];

/** The tests run built, at another depth than their sources. */
function projectRoot(): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'package.json'))) directory = path.dirname(directory);
  return directory;
}

const root = projectRoot();
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const { scripts: npmScripts } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

function markdownIn(directory: string): string[] {
  const files = readdirSync(path.join(root, directory), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.md')).map((file) => path.join(directory, file));
}

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md'],
  ...markdownIn('docs').sort(),
].map((file) => ({ file, text: read(file) }));

async function helpOf(...verb: readonly string[]): Promise<string> {
  let text = '';
  const stream = { write: (chunk: string) => (text += chunk), columns: 200 };
  const surroundings = { env: {}, cwd: root, terminal: new Terminal(stream, stream, {}) };
  expect(await runCommandLine([...verb, '--help'], surroundings)).to.equal(0);
  return text;
}

describe('the documents', () => {
  let verbs: readonly (readonly string[])[];
  let flags: ReadonlySet<string>;

  before(async () => {
    const [, list = ''] = (await helpOf()).split('\nCommands:\n');
    verbs = [...list.matchAll(/^ {2}([a-z|-]+) /gm)].map(([, names]) => (names as string).split('|'));
    const helps = await Promise.all(verbs.map(([name]) => (name === 'help' ? helpOf() : helpOf(name as string))));
    flags = new Set(helps.flatMap((help) => [...help.matchAll(/(?<=^ {2}(?:-\w, )?)--[a-z-]+/gm)].map(String)));
  });

  it('CONFIGURATION.md has every option of the schema and no other, with what the schema says of it', () => {
    const rows = tableRows(read('docs/CONFIGURATION.md'), 'variable', 'in a file', 'default', 'allowed', 'meaning');
    const expected = Object.entries(options).map(([key, { env, fallback, allowed, doc }]) => {
      const shown = Array.isArray(fallback) ? fallback.join(',') : String(fallback);
      return [env, key, shown || 'empty', allowed, doc];
    });
    expect(rows).to.deep.equal(expected);
  });

  it('CONFIGURATION.md groups the options as the schema does', () => {
    const titles = [...read('docs/CONFIGURATION.md').matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    expect(titles).to.deep.equal(Object.keys(optionGroups));
  });

  it('CLI.md has every command and no other', () => {
    const rows = tableRows(read('docs/CLI.md'), 'command', 'what it does', 'under PM2');
    const names = verbs.map(([name]) => name).filter((name) => name !== 'help');
    expect(rows.map(([name]) => name)).to.deep.equal(names);
  });

  it('CLI.md has every reason of a decision, with its meaning', () => {
    const rows = tableRows(read('docs/CLI.md'), 'reason', 'meaning');
    expect(rows).to.deep.equal(Object.entries(REASON_MEANINGS));
  });

  it('API.md has every path of the control API and no other, with its role', () => {
    const rows = tableRows(read('docs/API.md'), 'method', 'path', 'role', 'what');
    const documented = rows.map(([method, route, role]) => `${method} ${route} ${role}`);
    expect(documented.sort()).to.deep.equal(
      routes.map(({ method, path, access }) => `${method} ${path} ${access}`).sort(),
    );
  });

  it('CONTRIBUTING.md has every npm script and no other', () => {
    const rows = tableRows(read('CONTRIBUTING.md'), 'script', 'what it does');
    const documented = rows.map(([script = '']) => script.replace(/^npm (run )?/, ''));
    expect(documented.sort()).to.deep.equal(Object.keys(npmScripts).sort());
  });

  it('SIGNALS.md has every signal that the primary listens to', () => {
    const listened: string[] = [];
    const { on } = process;
    process.on = ((signal: string) => {
      listened.push(signal);
      return process;
    }) as typeof process.on;
    try {
      const none = (): void => {};
      installSignals({ stop: none, stopNow: none, reload: none, scaleBy: none, unsupported: none }, false);
    } finally {
      process.on = on;
    }
    const rows = tableRows(read('docs/SIGNALS.md'), 'signal', 'what it does');
    const documented = rows.flatMap(([signals = '']) => [...signals.matchAll(/SIG[A-Z0-9]+/g)].map(String));
    // SIGKILL is the kernel's: nobody listens to it.
    expect(documented.sort()).to.deep.equal([...listened, 'SIGKILL'].sort());
  });

  it('the decisions are all listed', () => {
    const records = readdirSync(path.join(root, 'docs/decisions')).filter((file) => /^\d{4}-/.test(file));
    const listed = [...read('docs/decisions/README.md').matchAll(/\((\d{4}-[^)]+)\)/g)].map(([, file]) => file);
    expect(listed).to.deep.equal(records.sort());
  });

  it('have no link that leads nowhere', () => {
    const broken = inAll((text, file) => {
      const links = [...text.replace(/`[^`\n]+`/g, '').matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)];
      return links.map(([, link]) => link as string).filter((link) => !leadsSomewhere(link, file));
    });
    expect(broken).to.deep.equal([]);
  });

  it('name no file that is not there', () => {
    const isPath = (code: string): boolean => /^(src|config|docs|examples|scripts|test)(\/[\w.-]+)+$/.test(code);
    const missing = inAll((text) => codeOf(text).filter((code) => isPath(code) && !existsSync(path.join(root, code))));
    expect(missing).to.deep.equal([]);
  });

  it('use no command, flag, npm script or variable that is not there', () => {
    const commands = new Set(verbs.flat());
    const variables = new Set([...Object.values(options).map(({ env }) => env), ...OTHER_VARIABLES]);
    const unknown = inAll((text) =>
      codeOf(text).flatMap((line) => [
        ...all(line, /(?<=\btidegate )[a-z]+(?:-[a-z]+)*/g).filter((verb) => !commands.has(verb)),
        ...flagsOf(line).filter((flag) => !flags.has(flag)),
        ...all(line, /(?<=\bnpm run (?:--silent )?)[a-z][\w:-]*/g).filter((script) => !(script in npmScripts)),
        ...all(line, /(?<![\w"])[A-Z][A-Z0-9_]+(?==\S)/g).filter((name) => !variables.has(name)),
      ]),
    );
    expect(unknown).to.deep.equal([]);
  });
});

/** What `find` finds in each document, with the document's name before it. */
function inAll(find: (text: string, file: string) => readonly string[]): string[] {
  return documents.flatMap(({ file, text }) => find(text, file).map((found) => `${file}: ${found}`));
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([match]) => match);
}

function leadsSomewhere(link: string, file: string): boolean {
  const [target = '', anchor] = link.split('#');
  const linked = target === '' ? file : path.join(path.dirname(file), target);
  if (!existsSync(path.join(root, linked))) return false;
  return anchor === undefined || anchorsOf(read(linked)).has(anchor);
}

/** The flags of the `tidegate` commands in a line: up to the next command of the shell, or the app's own after `--`. */
function flagsOf(line: string): string[] {
  const commands = line.matchAll(/\btidegate (.*?)(?= -- | \| | && |$)/g);
  return [...commands].flatMap(([, args]) => [...(args as string).matchAll(/(?<=^|\s)--[a-z-]+/g)].map(String));
}
