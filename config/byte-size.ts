/** Sizes of memory as people write them: `300M`, `1.5G`, `512K`. A step is 1024, as in PM2's `max_memory_restart`. */

const UNIT_BYTES = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;
const NAMES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** What is allowed, in words. */
export const BYTE_SIZE_ALLOWED = 'a size such as 300M, 1.5G or 314572800';

/** Bytes of `300M`, `300MB`, `300 MiB` (all the same) or of a plain number; undefined when the text is no size. */
export function parseByteSize(text: string): number | undefined {
  const parts = /^(\d{1,16}(?:\.\d{1,6})?)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim());
  if (parts === null) return undefined;
  const unit = (parts[2] ?? '').toLowerCase() as keyof typeof UNIT_BYTES;
  const bytes = Math.round(Number(parts[1]) * UNIT_BYTES[unit]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** For people: three figures or so, `61.2 MiB`. */
export function formatByteSize(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1023.95 && step < NAMES.length - 1) {
    value /= 1024;
    step += 1;
  }
  const figures = step === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1);
  return `${figures} ${NAMES[step]}`;
}
