export type EngineErrorCode =
  /** Nobody answers on the socket, or not in time. */
  | 'ENGINE_UNREACHABLE'
  /** The Engine answered with an error; `status` is its own. */
  | 'ENGINE_REFUSED'
  /** The answer is not what the Engine's API promises. */
  | 'ENGINE_BAD_ANSWER'
  /** There is no container of the service to take as a pattern. */
  | 'SERVICE_UNKNOWN'
  /** The service can't have several containers as it is written. */
  | 'SERVICE_NOT_SCALABLE';

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  /** Of an ENGINE_REFUSED. */
  readonly status: number | null;

  constructor(
    code: EngineErrorCode,
    message: string,
    options: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? null;
  }
}
