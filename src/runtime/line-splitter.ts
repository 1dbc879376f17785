/** A line longer than this is passed on in pieces, so that output without line ends can't fill the memory. */
const MAX_LINE_LENGTH = 16_384;

/** Turns chunks of output into lines, for each source apart. */
export class LineSplitter {
  readonly #rests = new Map<string, string>();

  /** The lines that `chunk` completes. */
  push(source: string, chunk: string): string[] {
    const lines = ((this.#rests.get(source) ?? '') + chunk).split(/\r?\n/);
    let rest = lines.pop() ?? '';
    // A carriage return at the end may be the first half of a line end.
    while (rest.length - (rest.endsWith('\r') ? 1 : 0) > MAX_LINE_LENGTH) {
      const length = isHighSurrogate(rest, MAX_LINE_LENGTH - 1) ? MAX_LINE_LENGTH - 1 : MAX_LINE_LENGTH;
      lines.push(rest.slice(0, length));
      rest = rest.slice(length);
    }
    if (rest === '') this.#rests.delete(source);
    else this.#rests.set(source, rest);
    return lines;
  }

  /** The source has ended: what it left without a line end; null when nothing. */
  end(source: string): string | null {
    const rest = this.#rests.get(source) ?? null;
    this.#rests.delete(source);
    return rest;
  }
}

/** Whether `text[index]` is the first half of a character of two UTF-16 units. */
function isHighSurrogate(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800;
}
