/**
 * Scrambles a 32-bit integer so that each input bit changes about half of the output's: the finalizer of MurmurHash3
 * (Austin Appleby, `fmix32`). A bijection: different inputs never collide.
 *
 * @returns an integer in [0, 2³²).
 */
export function mix32(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * FNV-1a (Fowler, Noll, Vo; 32 bits) over the UTF-16 code units, then Murmur's finalizer, because FNV alone leaves the high bits
 * of short, similar keys such as client addresses poorly mixed. Not cryptographic: who chooses keys can aim them at one worker,
 * against which only the load bound of consistent-hash helps.
 *
 * @returns an integer in [0, 2³²).
 */
export function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix32(hash);
}
