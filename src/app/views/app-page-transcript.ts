/**
 * Source of the page's record of one conversation. The server passes messages on at most once; that nothing is lost or shown twice is the
 * doing of the two pages: each keeps what the other has not confirmed and says it again, and knows by the ids what it has seen.
 */
export const APP_PAGE_TRANSCRIPT = `
class Transcript {
  #nextNumber;
  #seen;

  /** saved: what toJSON gave before the page was loaded again; undefined for a new conversation. */
  constructor({ room, tag, saved }) {
    this.room = room;
    this.tag = saved?.tag ?? tag;
    this.#nextNumber = saved?.nextNumber ?? 1;
    this.entries = (saved?.entries ?? []).map((entry) => ({ ...entry, tries: 0, dueAtMs: 0 }));
    this.#seen = new Set(saved?.seen ?? []);
  }

  /** A message of ours, still to be sent. */
  say(text, nowMs) {
    const entry = { id: this.tag + '.' + this.#nextNumber, mine: true, text, atMs: nowMs, delivered: false, tries: 0, dueAtMs: 0 };
    this.#nextNumber += 1;
    this.#insert(this.entries.length, entry);
    return entry;
  }

  /** A message of the partner, at its place: one that was said again may be older than the last. Null: seen before. */
  receive({ id, text, atMs }) {
    if (this.#seen.has(id)) return null;
    this.#seen.add(id);
    if (this.#seen.size > 2000) this.#seen.delete(this.#seen.values().next().value);
    const entry = { id, mine: false, text, atMs, delivered: true };
    const { tag, number } = this.#parse(id);
    const later = this.entries.findIndex((other) => {
      const place = this.#parse(other.id);
      return !other.mine && place.tag === tag && place.number > number;
    });
    this.#insert(later === -1 ? this.entries.length : later, entry);
    return entry;
  }

  /** The partner's page has it. False: it had said so before, or it is not ours. */
  deliver(id) {
    const entry = this.entries.find((candidate) => candidate.mine && candidate.id === id);
    if (entry === undefined || entry.delivered) return false;
    entry.delivered = true;
    return true;
  }

  get waiting() { return this.entries.filter((entry) => entry.mine && !entry.delivered); }

  /** What to send now, oldest first: after 2 s, then 4 s, then every 5 s. With all: everything that waits, as after a reconnect. */
  due(nowMs, all = false) {
    const due = this.waiting.filter((entry) => all || entry.dueAtMs <= nowMs);
    for (const entry of due) {
      entry.tries += 1;
      entry.dueAtMs = nowMs + Math.min(1000 * 2 ** entry.tries, 5000);
    }
    return due;
  }

  toJSON() {
    const entries = this.entries.map(({ id, mine, text, atMs, delivered }) => ({ id, mine, text, atMs, delivered }));
    return { room: this.room, tag: this.tag, nextNumber: this.#nextNumber, entries, seen: [...this.#seen] };
  }

  #insert(index, entry) {
    this.entries.splice(index, 0, entry);
    if (this.entries.length <= 300) return;
    const oldest = this.entries.findIndex((candidate) => candidate.delivered);
    if (oldest !== -1) this.entries.splice(oldest, 1);
  }

  #parse(id) {
    const dot = id.lastIndexOf('.');
    return { tag: id.slice(0, dot), number: Number(id.slice(dot + 1)) };
  }
}
`;
