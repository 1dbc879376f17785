/** What tests read out of documents. */
import { expect } from 'chai';

/**
 * The cells of all tables with these columns, row by row, without the title rows; a cell that is code loses its marks.
 * Fails when there is no such table.
 */
export function tableRows(text: string, ...titles: readonly string[]): string[][] {
  const head = `| ${titles.join(' | ')} |`;
  const tables = text.split(/\n\n+/).filter((block) => block.includes(`${head}\n`));
  expect(tables, `tables with the columns ${head}`).to.not.have.length(0);
  return tables.flatMap((table) => {
    const lines = table.split('\n');
    return lines.slice(lines.indexOf(head) + 2).flatMap((line) => (line.startsWith('|') ? [cellsOf(line)] : []));
  });
}

function cellsOf(line: string): string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
}

/** What stands between code marks, and each line of code blocks. */
export function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => (block as string).split('\n'));
  const spans = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g);
  return [...blocks, ...[...spans].map(([, span]) => span as string)];
}

/** GitHub's anchors of a document's headings. */
export function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading as string);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
