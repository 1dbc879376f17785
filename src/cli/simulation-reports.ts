/** The files that `tidegate simulate` writes beside what it prints. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type GoalLine, htmlReport, inPage, type MatrixResult, markdownReport } from '../scaling/simulate/index.ts';
import type { SimulateFlags } from './simulate-flags.ts';

/**
 * Writes the reports that were asked for.
 * @param own the contestant whose pictures are open from the start
 * @returns a line about each file
 */
export function writeReports(
  { html, markdown }: Pick<SimulateFlags, 'html' | 'markdown'>,
  cwd: string,
  result: MatrixResult,
  goal: readonly GoalLine[],
  own: string,
): readonly string[] {
  const lines: string[] = [];
  if (html !== undefined) {
    const file = path.resolve(cwd, html);
    writeFileSync(file, htmlReport(result, goal, own));
    lines.push(`Report with pictures: ${file}`);
  }
  if (markdown !== undefined) {
    const file = path.resolve(cwd, markdown);
    const page = existsSync(file) ? readFileSync(file, 'utf8') : null;
    writeFileSync(file, inPage(page, markdownReport(result, goal)));
    lines.push(`Results as Markdown: ${file}`);
  }
  return lines;
}
