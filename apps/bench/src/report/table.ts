export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Of words. */
export const left = (title: string): Column => ({ title, align: 'left' });
/** Of figures. */
export const right = (title: string): Column => ({ title, align: 'right' });

/** Something to be printed, or written into a document. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const widthsOf = ({ columns, rows }: Table, least = 0): number[] =>
  columns.map(({ title }, column) => Math.max(least, title.length, ...rows.map((row) => row[column]?.length ?? 0)));

const cellsOf = ({ columns }: Table, widths: readonly number[], row: readonly string[]): string[] =>
  columns.map(({ align }, column) => {
    const [cell, width] = [row[column] ?? '', widths[column] ?? 0];
    return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
  });

export function renderText(table: Table): string {
  const widths = widthsOf(table);
  const line = (row: readonly string[]): string => cellsOf(table, widths, row).join('   ').trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width, 0) + 3 * (widths.length - 1));
  return [`${table.title}\n`, line(table.columns.map(({ title }) => title)), rule, ...table.rows.map(line)].join('\n');
}

/** As prettier would leave it. */
export function renderMarkdown(table: Table): string {
  const widths = widthsOf(table, 3);
  const line = (row: readonly string[]): string => `| ${cellsOf(table, widths, row).join(' | ')} |`;
  const rule = table.columns.map(({ align }, column) => {
    const dashes = '-'.repeat((widths[column] ?? 3) - (align === 'right' ? 1 : 0));
    return align === 'right' ? `${dashes}:` : dashes;
  });
  return [
    `**${table.title}**\n`,
    line(table.columns.map(({ title }) => title)),
    `| ${rule.join(' | ')} |`,
    ...table.rows.map(line),
  ].join('\n');
}
