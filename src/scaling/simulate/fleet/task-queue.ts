/** First in, first out, of small whole numbers; grows as needed. */
export class TaskQueue {
  #slots = new Int32Array(64);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(task: number): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = task;
    this.#length += 1;
  }

  /** −1 when it is empty. */
  shift(): number {
    if (this.#length === 0) return -1;
    const task = this.#slots[this.#head] as number;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length -= 1;
    return task;
  }

  #grow(): void {
    const larger = new Int32Array(this.#slots.length * 2);
    for (let index = 0; index < this.#length; index += 1) {
      larger[index] = this.#slots[(this.#head + index) & (this.#slots.length - 1)] as number;
    }
    this.#slots = larger;
    this.#head = 0;
  }
}
