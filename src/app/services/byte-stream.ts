/** Bytes to download, produced as they are asked for: the size of a download is not a matter of memory. */

const CHUNK = Buffer.alloc(65_536, '0123456789abcdef');

/** Yields `totalBytes` bytes in chunks of 64 KiB at most, all of them views of one buffer. */
export function* generateBytes(totalBytes: number): Generator<Buffer, void, undefined> {
  for (let left = totalBytes; left > 0; left -= CHUNK.length) {
    yield left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
  }
}
