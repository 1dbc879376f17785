/** Requests that wait for something else, by the time at which it comes: a binary heap. */
export class IoHeap {
  readonly #atMs: number[] = [];
  readonly #request: number[] = [];

  /** Infinity when nothing waits. */
  get nextAtMs(): number {
    return this.#atMs[0] ?? Number.POSITIVE_INFINITY;
  }

  push(atMs: number, request: number): void {
    const [times, requests] = [this.#atMs, this.#request];
    let index = times.length;
    times.push(atMs);
    requests.push(request);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((times[parent] as number) <= atMs) break;
      times[index] = times[parent] as number;
      requests[index] = requests[parent] as number;
      index = parent;
    }
    times[index] = atMs;
    requests[index] = request;
  }

  /** The request whose time comes first; the heap must not be empty. */
  pop(): number {
    const [times, requests] = [this.#atMs, this.#request];
    const first = requests[0] as number;
    const atMs = times.pop() as number;
    const request = requests.pop() as number;
    const { length } = times;
    if (length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && (times[child + 1] as number) < (times[child] as number)) child += 1;
      if ((times[child] as number) >= atMs) break;
      times[index] = times[child] as number;
      requests[index] = requests[child] as number;
      index = child;
    }
    times[index] = atMs;
    requests[index] = request;
    return first;
  }
}
