/** Something that went wrong within a journey. `kind` groups it in the report: `HTTP 503`, `timeout`, `ECONNRESET`. */
export class StepError extends Error {
  readonly code = 'STEP_FAILED';
  readonly kind: string;

  constructor(kind: string, message = kind, cause?: unknown) {
    super(message, { cause });
    this.name = 'StepError';
    this.kind = kind;
  }
}

/** By what an error is grouped. */
export function kindOf(error: unknown): string {
  if (error instanceof StepError) return error.kind;
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string') return code;
  return `in the journey: ${String(message ?? error).slice(0, 120)}`;
}
