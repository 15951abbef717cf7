export type ImportErrorCode =
  /** No server answers there, or not any more. */
  | 'SOURCE_UNREACHABLE'
  /** The server answers, and lets nobody in with that URL, or not read what is asked for. */
  | 'SOURCE_REFUSED'
  /** There is no such database or table, or it has other columns. */
  | 'SOURCE_NOT_FOUND'
  /** Sessions cannot be read from a server of this kind, or it fails at reading them. */
  | 'SOURCE_UNSUPPORTED'
  /** An option is missing, wrong, or not for this source. */
  | 'IMPORT_OPTION_INVALID';

/** Why sessions could not be imported. The message never has a URL, which may hold a password. */
export class ImportError extends Error {
  readonly code: ImportErrorCode;

  constructor(code: ImportErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ImportError';
    this.code = code;
  }
}
