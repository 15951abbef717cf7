export type TableSpaceErrorCode =
  /** There is no table of that name, or the name is none. */
  | 'TABLE_UNKNOWN'
  /** This user may not read it. */
  | 'TABLE_REFUSED'
  /** A view, a partitioned table, or another thing that has no rows of its own. */
  | 'TABLE_UNSUPPORTED'
  /** A look at it takes too long: it is locked, or the server is busy. */
  | 'TABLE_BUSY';

/** Why nothing can be said of a table's space. */
export class TableSpaceError extends Error {
  readonly code: TableSpaceErrorCode;

  constructor(code: TableSpaceErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TableSpaceError';
    this.code = code;
  }
}
