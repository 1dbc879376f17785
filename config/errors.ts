/** A configuration that can't be used: every mistake of it, one line each. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  /** One sentence per mistake: the name as the user wrote it, the value given (secrets are not shown), what is allowed. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
    super(`The configuration has ${count}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
