/** What can be wrong with bytes on the wire; stable, for logs and for the body of our answer. */
export type WireErrorCode =
  | 'BAD_START_LINE'
  | 'UNKNOWN_METHOD'
  | 'BAD_TARGET'
  | 'BAD_VERSION'
  | 'BAD_FIELD'
  | 'BAD_HOST'
  | 'BAD_LENGTH'
  | 'BAD_TRANSFER_CODING'
  | 'AMBIGUOUS_FRAMING'
  | 'BAD_CHUNK'
  | 'BAD_STATUS_LINE'
  | 'HEAD_TOO_LARGE'
  | 'BODY_TOO_LARGE';

/** Bytes that are not the one thing they could mean: nothing of them is passed on. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
