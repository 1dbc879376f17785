/** What bytes are written to: a socket, or what stands in for one. */
export interface ByteSink {
  write(bytes: Buffer | string, encoding?: 'latin1'): boolean;
  /** What is written until `uncork` goes out together. */
  cork(): void;
  uncork(): void;
}

/** Up to this a head and its body are copied together: one write call costs more than the copy. */
const MAX_COPIED_BYTES = 16_384;

/** Up to this a body of one piece goes with its head as one string: cheaper than a buffer of their own, which Node would have to keep. */
const MAX_TEXT_BYTES = 2_048;

/** Sends a head (Latin-1) and the pieces of body that are there already, in one write if they are small, else in one gathered write. */
export function writeTogether(socket: ByteSink, head: string, pieces: readonly Buffer[]): void {
  if (pieces.length === 0) {
    socket.write(head, 'latin1');
    return;
  }
  const [first] = pieces as [Buffer];
  if (pieces.length === 1 && first.length <= MAX_TEXT_BYTES) {
    socket.write(head + first.toString('latin1'), 'latin1');
    return;
  }
  let bytes = head.length;
  for (const piece of pieces) bytes += piece.length;
  if (bytes <= MAX_COPIED_BYTES) {
    const whole = Buffer.allocUnsafe(bytes);
    let at = whole.write(head, 0, 'latin1');
    for (const piece of pieces) at += piece.copy(whole, at);
    socket.write(whole);
    return;
  }
  socket.cork();
  socket.write(head, 'latin1');
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}

/**
 * What was written waits for the other side. `writableNeedDrain` says so of any large write until the end of the turn, also of one that
 * the kernel has taken whole: to stop and go on reading for that is two more system calls for each piece of a large body.
 */
export function isFull(sink: { readonly writableLength: number; readonly writableNeedDrain: boolean }): boolean {
  return sink.writableLength > 0 && sink.writableNeedDrain;
}

/** Sends pieces of a body. */
export function writeAll(socket: ByteSink, pieces: readonly Buffer[]): void {
  if (pieces.length === 1) {
    socket.write(pieces[0] as Buffer);
    return;
  }
  if (pieces.length === 0) return;
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}
