/**
 * Who answers to a host name: an exact name before a wildcard, which stands for one label (RFC 6125, 6.4.3: `*.example.com` is
 * `a.example.com`, neither `example.com` nor `a.b.example.com`). The first that was added for a name stays.
 */
export class ServerNames<T> {
  readonly #exact = new Map<string, T>();
  /** By what stands behind the `*`, with its dot. */
  readonly #wildcards = new Map<string, T>();

  /** @param name as a certificate holds it; a `*` anywhere but as the whole first label is for nobody */
  add(name: string, value: T): void {
    const lower = name.toLowerCase();
    const [map, key] = lower.startsWith('*.') ? [this.#wildcards, lower.slice(1)] : [this.#exact, lower];
    if (!key.includes('*') && !map.has(key)) map.set(key, value);
  }

  /** @param name as a client's hello holds it */
  get(name: string): T | undefined {
    const lower = name.toLowerCase();
    const exact = this.#exact.get(lower);
    if (exact !== undefined) return exact;
    const dot = lower.indexOf('.');
    return dot < 1 ? undefined : this.#wildcards.get(lower.slice(dot));
  }
}
