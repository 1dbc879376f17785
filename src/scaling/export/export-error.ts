/** Something can't be written down in the format asked for; the message names what was given and what is allowed. */
export class ExportError extends Error {
  readonly code = 'BAD_TOPOLOGY';
  override readonly name = 'ExportError';
}
