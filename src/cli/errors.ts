/** Exit codes: 0 success, 1 failure, 2 wrong usage. */
export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

/** A failure that the user can do something about: the message is one line that says what. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, message: string, exitCode: number = EXIT_FAILURE) {
    super(message.replace(/\s*\n\s*/g, ' '));
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Something in the command line that is not as it should be. */
export class UsageError extends CliError {
  constructor(message: string) {
    super('WRONG_USAGE', message, EXIT_USAGE);
    this.name = 'UsageError';
  }
}
