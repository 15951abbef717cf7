export type RehearsalErrorCode =
  | 'OPTION_INVALID'
  | 'SHOP_DID_NOT_START'
  | 'SHOP_ENDED'
  | 'SHOP_NOT_UNDERSTOOD'
  | 'FLEET_NOT_SETTLED'
  | 'REDIS_DID_NOT_START'
  | 'MOVE_NOT_SETTLED'
  | 'INTERRUPTED';

/** A failure that whoever runs the rehearsal can act on: the message says what happened and what to do. */
export class RehearsalError extends Error {
  override readonly name = 'RehearsalError';
  readonly code: RehearsalErrorCode;

  constructor(code: RehearsalErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
