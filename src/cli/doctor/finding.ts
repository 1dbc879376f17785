/** What an examination found. */
export interface Finding {
  readonly subject: string;
  /** `problem`: it will not work; `warning`: it will, until it matters. */
  readonly level: 'ok' | 'warning' | 'problem';
  readonly found: string;
  /** What to do; null when all is well. */
  readonly fix: string | null;
}

export function ok(subject: string, found: string): Finding {
  return { subject, level: 'ok', found, fix: null };
}

export function warning(subject: string, found: string, fix: string): Finding {
  return { subject, level: 'warning', found, fix };
}

export function problem(subject: string, found: string, fix: string): Finding {
  return { subject, level: 'problem', found, fix };
}
