/** A key, token or certificate file that cannot be used. The message never holds a secret. */
export class AccessConfigError extends Error {
  readonly code = 'ACCESS_CONFIG';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AccessConfigError';
  }
}
