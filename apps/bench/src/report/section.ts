import { renderText, type Table } from './table.ts';

/** What a command of the bench has found out. */
export interface Section {
  readonly name: string;
  readonly json: unknown;
  readonly tables: readonly Table[];
  /** On what, and how, it was measured. */
  readonly lines: readonly string[];
  /** SVGs, by the name of their file below docs/images. */
  readonly images?: Readonly<Record<string, string>>;
}

export const renderSection = ({ tables, lines }: Section): string =>
  `${[lines.join('\n'), ...tables.map(renderText)].join('\n\n')}\n`;
