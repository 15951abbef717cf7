import { SqlFailure } from '@switchyard/session-backends';

/** What pg says, without a code, of a connection that broke, is broken already, or was not to be had in time. */
const WITHOUT_CODE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded|Query read timeout)/;

/** The network's codes, and PostgreSQL's for a server that goes away. */
const CODES = /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|57P|08)/;

/** Whether a database went away. What wraps an error says less than it. */
export function isLostConnection(error: unknown): boolean {
  if (error instanceof SqlFailure) return isLostConnection(error.cause);
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string') return CODES.test(code);
  return typeof message === 'string' && WITHOUT_CODE.test(message);
}
