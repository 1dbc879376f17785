import { FIELD, kindOfName } from './field-kinds.ts';

/** What the `Connection` fields of one head ask for. */
export class ConnectionOptions {
  close = false;
  keepAlive = false;
  upgrade = false;
  /** Names (lower case) of fields that are for this hop only; undefined when there are none, which is the rule. */
  nominated: Set<string> | undefined;

  /** Takes one field's value in. */
  add(value: string): void {
    if (value === 'close') this.close = true;
    else if (value === 'keep-alive') this.keepAlive = true;
    else for (const part of value.split(',')) this.#addOption(withoutBlanks(part).toLowerCase());
  }

  nominates(name: string): boolean {
    return this.nominated?.has(name.toLowerCase()) ?? false;
  }

  #addOption(option: string): void {
    if (option === '') return;
    if (option === 'close') this.close = true;
    else if (option === 'keep-alive') this.keepAlive = true;
    else if (option === 'upgrade') this.upgrade = true;
    else if (!isOurs(option)) {
      this.nominated ??= new Set();
      this.nominated.add(option);
    }
  }
}

/** Not `trim()`, which takes a no-break space (0xA0) for a blank: to everybody else it is part of the option. */
function withoutBlanks(part: string): string {
  return part.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** Host and framing are written by us whatever anybody nominates: without them a request would mean something else. */
function isOurs(option: string): boolean {
  const kind = kindOfName(option);
  return kind === FIELD.host || kind === FIELD.contentLength || kind === FIELD.transferEncoding;
}
