import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CONFIG_FILE_ENV, loadConfig } from '../../../config/load.ts';
import { optionGroups, options } from '../../../config/schema.ts';

/** The tests run built, at another depth than their sources. */
function projectFile(name: string): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'package.json'))) directory = path.dirname(directory);
  return path.join(directory, name);
}

describe('.env.scaling.example', () => {
  const lines = readFileSync(projectFile('.env.scaling.example'), 'utf8').split('\n');
  const entries = lines.flatMap((line, index) => {
    const parts = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    return parts === null
      ? []
      : [{ name: parts[1] as string, value: parts[2] as string, above: lines.slice(index - 2, index) }];
  });
  const all = Object.values(options);

  it('lists every option of the schema and no other, in the same order', () => {
    expect(entries.map(({ name }) => name)).to.deep.equal([CONFIG_FILE_ENV, ...all.map(({ env }) => env)]);
  });

  it('gives each its default, its meaning and what is allowed', () => {
    for (const { env, fallback, doc, allowed } of all) {
      const entry = entries.find(({ name }) => name === env);
      expect(entry, env).to.deep.equal({
        name: env,
        value: Array.isArray(fallback) ? fallback.join(',') : String(fallback),
        above: [`# ${doc}`, `# Allowed: ${allowed}.`],
      });
    }
  });

  it('holds values that the loader accepts and that change nothing', () => {
    const env = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    expect(loadConfig({ env }).config).to.deep.equal(loadConfig({ env: {} }).config);
  });

  it('leaves every option commented out, so that a copy of it sets nothing', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).to.deep.equal([]);
  });

  it('groups the options as the schema does', () => {
    const titles = lines.flatMap((line) => /^# ===== (.+) =====$/.exec(line)?.[1] ?? []);
    expect(titles).to.deep.equal(Object.keys(optionGroups));
  });
});

describe('the schema', () => {
  it('gives each option an environment name of its own', () => {
    const names = Object.values(options).map(({ env }) => env);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('has defaults that its own rules accept', () => {
    for (const { env, schema, fallback } of Object.values(options)) {
      expect(schema.safeParse(fallback).success, env).to.equal(true);
    }
  });
});
