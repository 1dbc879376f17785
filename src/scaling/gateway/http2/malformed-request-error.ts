/** A request that RFC 9113 calls malformed (8.1.1): its stream is reset, and nothing of it is passed on. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';
  readonly code = 'MALFORMED_REQUEST';
}
