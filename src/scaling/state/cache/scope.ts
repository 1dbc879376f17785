/**
 * What an invalidation can name. A value depends on several scopes: its key, its user if it has one, its tags.
 * `k:<key>`, `u:<user>`, `t:<tag>`: also how they are called in keys and notices.
 */
export type Scope = string;

/** What a value belongs to, besides its key. */
export interface Labels {
  /** What the value is made of: `invalidate({ tag })` drops every value with that tag. */
  readonly tags?: readonly string[] | undefined;
  /** Whose value it is. Each user has a value of their own under the same key; `invalidate({ user })` drops all of one's values. */
  readonly user?: string | undefined;
}

/** What to drop: one of the four. */
export type Target =
  | { readonly key: string }
  | { readonly tag: string }
  | { readonly user: string }
  /** Keys, with `*` for any characters (also none). */
  | { readonly pattern: string };

/** The state allows 1,024 bytes a key; a cache's name, key and user must fit in together. */
const KEY_BYTES = 512;
const LABEL_BYTES = 128;
const TAGS_LIMIT = 64;

function keyScope(key: string): Scope {
  return `k:${check('key', key, KEY_BYTES)}`;
}

function userScope(user: string): Scope {
  return `u:${check('user', user, LABEL_BYTES)}`;
}

function tagScope(tag: string): Scope {
  return `t:${check('tag', tag, LABEL_BYTES)}`;
}

/**
 * All scopes of a value, sorted, each once.
 * @throws RangeError for a key, user or tag that is empty or too long, or too many tags.
 */
export function scopesOf(key: string, { tags = [], user }: Labels): readonly Scope[] {
  if (tags.length > TAGS_LIMIT)
    throw new RangeError(`${key} has ${tags.length} tags; at most ${TAGS_LIMIT} are allowed`);
  const scopes = new Set([keyScope(key), ...tags.map(tagScope)]);
  if (user !== undefined) scopes.add(userScope(user));
  return [...scopes].sort();
}

/** Names a value: its user, if it has one, and its key. */
export function valueId(key: string, user: string | undefined): string {
  if (user === undefined) return `:${key}`;
  return `${user.replaceAll('%', '%25').replaceAll(':', '%3A')}:${key}`;
}

/** Whether a value that depends on `scopes` is meant. */
export type Matcher = (scopes: readonly Scope[]) => boolean;

export function matcherOf(target: Target): Matcher {
  if ('pattern' in target) {
    const matches = glob(target.pattern);
    return (scopes) => scopes.some((scope) => scope.startsWith('k:') && matches(scope.slice(2)));
  }
  const wanted = scopeOf(target);
  return (scopes) => scopes.includes(wanted);
}

/** @throws RangeError for one that is empty or too long. */
export function scopeOf(target: Exclude<Target, { readonly pattern: string }>): Scope {
  if ('key' in target) return keyScope(target.key);
  if ('tag' in target) return tagScope(target.tag);
  return userScope(target.user);
}

/**
 * `*` stands for any characters, everything else for itself. Looks for the pieces between the stars one after the other, each as early
 * as can be, so the time is linear where a regular expression's may be exponential.
 * @throws RangeError for a pattern that is empty or too long.
 */
export function glob(pattern: string): (text: string) => boolean {
  const pieces = check('pattern', pattern, KEY_BYTES).split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return (text) => text === first;
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

/** What every key that matches begins with. */
export function literalPrefix(pattern: string): string {
  const star = pattern.indexOf('*');
  return star < 0 ? pattern : pattern.slice(0, star);
}

function check(what: string, text: string, limit: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes >= 1 && bytes <= limit) return text;
  throw new RangeError(`a ${what} of a cache has ${bytes} bytes ("${text.slice(0, 40)}"); it must have 1 to ${limit}`);
}
