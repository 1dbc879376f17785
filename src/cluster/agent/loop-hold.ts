/** Keeps the event loop alive as long as somebody waits for an answer that comes over channels which do not. */
export class LoopHold {
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  acquire(): void {
    this.#waiting += 1;
    this.#timer ??= setInterval(() => {}, 0x7fffffff);
  }

  release(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
