export type BenchErrorCode = 'OPTION_INVALID' | 'SUBJECT_FAILED' | 'TOOL_FAILED' | 'SERVER_FAILED' | 'INTERRUPTED';

/** A failure that whoever runs the bench can act on: the message says what happened and what to do. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
