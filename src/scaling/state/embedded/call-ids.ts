/** Ids go round below this: the highest are for what is no call. */
const MOST_ID = 0xffff_fff0;

/** Numbers for the calls of one caller, from 1: 0 is for what answers no call. */
export class CallIds {
  #last = 0;

  next(): number {
    this.#last = this.#last >= MOST_ID ? 1 : this.#last + 1;
    return this.#last;
  }
}
