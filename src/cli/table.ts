/** Aligned columns for a terminal. */

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly text: (row: Row) => string;
  /** Applied after alignment, so that colour codes do not count as width. */
  readonly paint?: (cell: string, row: Row) => string;
}

/** The lines of a table, the titles first. Columns stand two spaces apart. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paintTitle: (title: string) => string,
): string[] {
  const widths = columns.map((column) => Math.max(column.title.length, ...rows.map((row) => column.text(row).length)));
  const line = (cell: (column: Column<Row>, pad: (text: string) => string) => string): string =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        return cell(column, (text) => (column.align === 'left' ? text.padEnd(width) : text.padStart(width)));
      })
      .join('  ')
      .trimEnd();
  const titles = line((column, pad) => paintTitle(pad(column.title)));
  return [
    titles,
    ...rows.map((row) => line((column, pad) => (column.paint ?? ((cell) => cell))(pad(column.text(row)), row))),
  ];
}
