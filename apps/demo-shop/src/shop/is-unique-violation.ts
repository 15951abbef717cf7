/** Whether a write failed because a row with that unique value is there already. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 'P2002';
