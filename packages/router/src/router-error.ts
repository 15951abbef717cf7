/** Every code a {@link RouterError} can carry; docs/errors.md says what to do about each. */
export const ROUTER_ERROR_CODES = [
  'INVALID_OPTION',
  'INVALID_ROUTER',
  'INVALID_CLIENT',
  'UNKNOWN_ALIAS',
  'UNKNOWN_MODEL',
  'UNKNOWN_ORIGIN',
  'MODEL_NOT_IN_DATABASE',
  'NO_ROUTE',
  'MISSING_HINT',
  'CROSS_DATABASE_RELATION',
  'RELATION_NOT_ALLOWED',
  'CROSS_DATABASE_TRANSACTION',
  'FOREIGN_TRANSACTION',
  'OPERATION_ALREADY_SENT',
  'MODEL_MOVING',
  'OPERATION_REFUSED',
] as const;

export type RouterErrorCode = (typeof ROUTER_ERROR_CODES)[number];

/** The one error of this package. Messages name models, aliases and routers, never rows or values. */
export class RouterError extends Error {
  override readonly name = 'RouterError';
  readonly code: RouterErrorCode;

  constructor(code: RouterErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
