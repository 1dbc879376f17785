/** Lines of the log, filtered. */

export interface LogLine {
  readonly atMs: number;
  readonly source: string;
  readonly stream: string;
  readonly text: string;
}

export interface LogFilter {
  /** Empty: all. */
  readonly source: string;
  /** Found in the line in any case; empty: all. */
  readonly text: string;
  readonly errorsOnly: boolean;
}

export function filterLines(lines: readonly LogLine[], { source, text, errorsOnly }: LogFilter): readonly LogLine[] {
  const wanted = text.toLowerCase();
  return lines.filter(
    (line) =>
      (source === '' || line.source === source) &&
      (!errorsOnly || line.stream === 'stderr') &&
      line.text.toLowerCase().includes(wanted),
  );
}

/** `tidegate` first, then workers by number. */
export function sourcesOf(lines: readonly LogLine[]): readonly string[] {
  const rank = (source: string): number => (source === 'tidegate' ? -1 : Number(source.slice(1)));
  return [...new Set(lines.map(({ source }) => source))].sort((a, b) => rank(a) - rank(b));
}

/** Without the codes by which terminals colour a line. */
export function plainText(text: string): string {
  let plain = '';
  for (const [index, part] of text.split('\u001b[').entries())
    plain += index === 0 ? part : part.replace(/^[\d;]*[A-Za-z]/, '');
  return plain;
}
