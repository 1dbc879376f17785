/** A binary heap: the item that comes `before` all others is at hand, the rest is in loose order. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #before: (a: Item, b: Item) => boolean;

  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#up(this.#items.length - 1);
  }

  pop(): Item | undefined {
    return this.#items.length === 0 ? undefined : this.#removeAt(0);
  }

  /** Linear: for what happens seldom. False: it is not in it. */
  remove(item: Item): boolean {
    const index = this.#items.indexOf(item);
    if (index === -1) return false;
    this.#removeAt(index);
    return true;
  }

  #removeAt(index: number): Item {
    const items = this.#items;
    const removed = items[index] as Item;
    const last = items.pop() as Item;
    if (index < items.length) {
      items[index] = last;
      this.#up(index);
      this.#down(index);
    }
    return removed;
  }

  #up(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #down(from: number): void {
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#items.length) return;
      const right = child + 1;
      if (right < this.#items.length && this.#before(this.#items[right] as Item, this.#items[child] as Item))
        child = right;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const a = this.#items[lower] as Item;
    const b = this.#items[upper] as Item;
    if (!this.#before(a, b)) return false;
    this.#items[lower] = b;
    this.#items[upper] = a;
    return true;
  }
}
