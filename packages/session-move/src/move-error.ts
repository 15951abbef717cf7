export type MoveErrorCode =
  /** A fence could not be changed: something holds its table. The message names it. */
  | 'FLIP_BLOCKED'
  /** The fences of the two databases contradict each other; only a person can say what happened. */
  | 'ILLEGAL_FENCES'
  /** The move is in a state in which this cannot be done. */
  | 'NOT_NOW'
  /** The new database has sessions of its own, so that a move into it would mix them. */
  | 'NEW_NOT_EMPTY'
  /** No session, or more than one, has the stored key that was asked for. */
  | 'KEY_UNKNOWN'
  /** A database went away while something was being done. */
  | 'SIDE_UNREACHABLE'
  /** The stored keys are not of the kind that was said: hashed, or in clear. */
  | 'WRONG_KEY_ENCODING'
  /** A library's table could not be locked for its triggers. */
  | 'SOURCE_BLOCKED'
  /** A side refuses rows that it lacks: they stay listed at the other side. */
  | 'LOST_AT_DESTINATION';

/** A failure that an operator can act on. */
export class MoveError extends Error {
  readonly code: MoveErrorCode;

  constructor(code: MoveErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MoveError';
    this.code = code;
  }
}
