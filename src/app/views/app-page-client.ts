/**
 * Source of the page's client of the app's API. It caches what it reads: at most 500 answers, the least recently used ones leave first;
 * the keys are per user, and whatever is written takes the answers it makes wrong with it.
 */
export const APP_PAGE_CLIENT = `
class LruMap {
  #entries = new Map();
  #capacity;

  constructor(capacity) { this.#capacity = capacity; }

  get size() { return this.#entries.size; }

  get(key) {
    const value = this.#entries.get(key);
    // A Map keeps the order of insertion: the first key is the one that was used the longest time ago.
    if (value !== undefined) { this.#entries.delete(key); this.#entries.set(key, value); }
    return value;
  }

  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value);
  }

  delete(key) { this.#entries.delete(key); }

  deleteWhere(test) {
    for (const key of [...this.#entries.keys()]) if (test(key)) this.#entries.delete(key);
  }
}

/** The server refused, or could not be reached (status 0). */
class ApiError extends Error {
  constructor({ status, code, message, retryAfterSeconds = null, headers = null }) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
    this.headers = headers;
  }
}

class ApiClient {
  #fetch;
  #nowMs;
  #answers;
  #user = null;
  #hits = 0;
  #misses = 0;

  constructor({ fetch, nowMs, capacity = 500 }) {
    this.#fetch = fetch;
    this.#nowMs = nowMs;
    this.#answers = new LruMap(capacity);
  }

  /** Whose answers are kept from now on; those of the user before are forgotten. */
  setUser(id) {
    const before = this.#prefix();
    if (id === this.#user) return;
    this.#answers.deleteWhere((key) => key.startsWith(before));
    this.#user = id;
  }

  /** Reads a path: {body, headers, from}, with from 'page' when the answer is one of the last maxAgeMs. Errors are never kept. */
  async get(path, { maxAgeMs = 0 } = {}) {
    if (maxAgeMs <= 0) return { ...(await this.#request('GET', path)), from: 'server' };
    const key = this.#prefix() + path;
    const kept = this.#answers.get(key);
    if (kept !== undefined && this.#nowMs() - kept.atMs < maxAgeMs) {
      this.#hits += 1;
      return { ...(await kept.answer), from: 'page' };
    }
    this.#misses += 1;
    // The promise is what is kept: whoever asks meanwhile waits for the same answer.
    const entry = { atMs: this.#nowMs(), answer: this.#request('GET', path) };
    this.#answers.set(key, entry);
    try {
      return { ...(await entry.answer), from: 'server' };
    } catch (error) {
      if (this.#answers.get(key) === entry) this.#answers.delete(key);
      throw error;
    }
  }

  /** Writes, and forgets the user's answers at and below the given paths, even when it failed: it may have happened all the same. */
  async send(method, path, body, { invalidates = [] } = {}) {
    try {
      return await this.#request(method, path, body);
    } finally {
      // Afterwards: what was read while the write was under way may be of before it.
      this.invalidate(invalidates);
    }
  }

  invalidate(paths) {
    const prefix = this.#prefix();
    this.#answers.deleteWhere((key) => paths.some((path) => {
      const start = prefix + path;
      return key === start || key.startsWith(start + '/') || key.startsWith(start + '?');
    }));
  }

  statistics() { return { entries: this.#answers.size, hits: this.#hits, misses: this.#misses }; }

  // The length keeps user "a" with path "b c" apart from user "a b" with path "c".
  #prefix() { return this.#user === null ? '- ' : this.#user.length + ':' + this.#user + ' '; }

  async #request(method, path, body) {
    const options = { method, cache: 'no-store', credentials: 'same-origin', headers: { accept: 'application/json' } };
    if (body !== undefined) {
      options.headers['content-type'] = 'application/json';
      options.body = JSON.stringify(body);
    }
    let response;
    try {
      response = await this.#fetch(path, options);
    } catch {
      throw new ApiError({ status: 0, code: 'UNREACHABLE', message: 'the server cannot be reached' });
    }
    const read = await this.#read(response);
    if (response.ok) return { body: read, headers: response.headers };
    throw new ApiError({
      status: response.status,
      code: read?.code ?? 'HTTP_' + response.status,
      message: read?.detail ?? 'the server answered with status ' + response.status,
      retryAfterSeconds: Number(response.headers.get('retry-after')) || null,
      headers: response.headers,
    });
  }

  async #read(response) {
    try {
      const text = await response.text();
      return text === '' ? null : JSON.parse(text);
    } catch {
      if (!response.ok) return null;
      throw new ApiError({ status: response.status, code: 'BAD_ANSWER', message: 'the answer broke off, or is not JSON' });
    }
  }
}
`;
