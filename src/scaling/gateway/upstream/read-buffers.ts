const READ_BYTES = 65_536;
/** Beyond as many, those that come back are left to the garbage collector. */
const MAX_SPARE = 64;

const spare: Buffer[] = [];

/** Where all may read to who take what they have read, or copy it, before anybody else reads. */
const sharedBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** A socket, or what stands in for one, that has not taken all that it was given. */
export interface Borrower {
  readonly writableLength: number;
  readonly destroyed: boolean;
}

interface Loan {
  readonly buffer: Buffer;
  readonly to: Borrower;
}

/**
 * Where one connection's reads go. A buffer is used again as soon as nobody needs what lies in it: thousands of clients that read
 * slowly would otherwise have V8 collect garbage several times a second, for 5 to 15 ms each, because of the memory outside of its heap.
 */
export class ReadBuffers {
  #current = takeSpare();
  #loans: Loan[] | undefined;
  /** Everything is copied by whoever keeps it. */
  #shares = false;

  /** The first `bytes` were read. */
  read(bytes: number): Buffer {
    if (this.#loans !== undefined) this.#collect(this.#loans);
    if (this.#current === sharedBuffer && !this.#shares) {
      this.#current = takeSpare();
      sharedBuffer.copy(this.#current, 0, 0, bytes);
    }
    return this.#current.subarray(0, bytes);
  }

  /**
   * Where the next bytes go.
   * @param lentTo who still needs what was read last
   * @param rests no bytes are expected for a while: no memory is set aside for them
   */
  next(lentTo: Borrower | undefined, rests: boolean): Buffer {
    if (lentTo !== undefined && !this.#shares) {
      this.#loans ??= [];
      this.#loans.push({ buffer: this.#current, to: lentTo });
      this.#current = rests ? sharedBuffer : takeSpare();
    }
    return this.#current;
  }

  /** From the next read on whoever keeps bytes copies them: they lie where those of others will. */
  share(): void {
    this.#shares = true;
    this.#current = sharedBuffer;
  }

  /** No more is read. What is lent stays with whoever has it. */
  end(): void {
    if (this.#loans !== undefined) this.#collect(this.#loans);
    this.#loans = undefined;
  }

  #collect(loans: Loan[]): void {
    let kept = 0;
    for (const loan of loans) {
      if (loan.to.destroyed) continue; // what it has not sent may still be in the kernel's hands
      if (loan.to.writableLength > 0) loans[kept++] = loan;
      else giveSpare(loan.buffer);
    }
    loans.length = kept;
    if (kept === 0) this.#loans = undefined;
  }
}

function takeSpare(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
}

function giveSpare(buffer: Buffer): void {
  if (spare.length < MAX_SPARE) spare.push(buffer);
}
