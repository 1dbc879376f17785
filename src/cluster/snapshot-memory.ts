/**
 * What a heap snapshot has added to a worker's memory. V8 builds it outside of the heap, in about twelve times the heap's size, and the
 * allocator keeps most of that: without this, a worker would be recycled at its memory limit for having been looked at.
 */
export class SnapshotMemory {
  readonly #beforeBytes: number;
  #addedBytes = Number.POSITIVE_INFINITY;

  /** @param beforeBytes resident memory when the snapshot began */
  constructor(beforeBytes: number) {
    this.#beforeBytes = beforeBytes;
  }

  /** A measurement after the snapshot. What has been given back once is the app's own when it comes again. */
  measured(rssBytes: number): void {
    this.#addedBytes = Math.min(this.#addedBytes, Math.max(0, rssBytes - this.#beforeBytes));
  }

  /** The rest: what the app is answerable for. */
  without(rssBytes: number): number {
    return Number.isFinite(this.#addedBytes) ? rssBytes - this.#addedBytes : Math.min(rssBytes, this.#beforeBytes);
  }
}
