/** What manifests are made of. A `Commented` puts lines of comment before a value's key. */
export type YamlValue = string | number | boolean | YamlMap | readonly YamlValue[];
export interface YamlMap {
  readonly [key: string]: YamlValue | Commented;
}

export class Commented {
  readonly comments: readonly string[];
  readonly value: YamlValue;

  constructor(comments: readonly string[], value: YamlValue) {
    this.comments = comments;
    this.value = value;
  }
}

/** Words that YAML 1.1 takes for something else than a string, as does whatever looks like a number. */
const NOT_PLAIN = /^(?:y|n|yes|no|on|off|true|false|null|~|[-+.\d][\d_.eE+-]*)$/i;
const PLAIN = /^[A-Za-z0-9_./][A-Za-z0-9_./ -]*$/;

/** Block-style YAML of a map, with two spaces of indentation. It writes what manifests need, and reads nothing. */
export function yaml(map: YamlMap): string {
  return `${mapLines(map, '').join('\n')}\n`;
}

function mapLines(map: YamlMap, indent: string): readonly string[] {
  return Object.entries(map).flatMap(([key, entry]) => {
    const comments = entry instanceof Commented ? entry.comments.map((line) => `${indent}# ${line}`) : [];
    return [...comments, ...entryLines(scalar(key), entry instanceof Commented ? entry.value : entry, indent)];
  });
}

function entryLines(key: string, value: YamlValue, indent: string): readonly string[] {
  if (isList(value)) {
    if (value.length === 0) return [`${indent}${key}: []`];
    return [`${indent}${key}:`, ...value.flatMap((item) => itemLines(item, `${indent}  `))];
  }
  if (typeof value !== 'object') return [`${indent}${key}: ${scalar(value)}`];
  return [`${indent}${key}:`, ...mapLines(value, `${indent}  `)];
}

function itemLines(item: YamlValue, indent: string): readonly string[] {
  if (isList(item)) return item.flatMap((inner) => itemLines(inner, `${indent}  `));
  if (typeof item !== 'object') return [`${indent}- ${scalar(item)}`];
  const lines = mapLines(item, `${indent}  `);
  const first = lines.findIndex((line) => !line.trimStart().startsWith('#'));
  return lines.map((line, index) => {
    if (index > first) return line;
    return `${indent}${index === first ? '- ' : ''}${line.trimStart()}`;
  });
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && !NOT_PLAIN.test(value) && !value.endsWith(' ') ? value : JSON.stringify(value);
}
