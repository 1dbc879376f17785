/**
 * How names of the shared state become names on Redis: behind the product's prefix, values (with counts, hashes and sets), records and
 * reservations each have a space of their own. A `{hash tag}` in a key stays where it is.
 */
export class KeyNames {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  entry(key: string): string {
    return `${this.#prefix}k:${key}`;
  }

  record(key: string): string {
    return `${this.#prefix}r:${key}`;
  }

  reservation(key: string): string {
    return `${this.#prefix}q:${key}`;
  }

  channel(channel: string): string {
    return `${this.#prefix}${channel}`;
  }

  /** The key an entry's or record's name on Redis was made of. */
  keyOf(name: string): string {
    return name.slice(this.#prefix.length + 2);
  }
}

/** A pattern of Redis that matches names that begin with `text`, whatever characters it has. */
export function beginsWith(text: string): string {
  return `${text.replace(/[\\*?[\]^-]/g, '\\$&')}*`;
}
