import { SessionError, SqlFailure } from '@switchyard/session-backends';
import { FenceError } from '@switchyard/session-backends/fence';
import { MoveError } from '@switchyard/session-move';

/** Why an action failed, with its code. Of a fault of ours only the kind: its message might hold anything. */
export function sayFailure(error: unknown): string {
  if (error instanceof MoveError || error instanceof FenceError || error instanceof SessionError)
    return `${error.message} [${error.code}]`;
  if (error instanceof SqlFailure || isAway(error))
    return 'A database does not answer any more. What is done stays done: give it again when the database is back. [SIDE_UNREACHABLE]';
  const { name = 'unknown' } = (error ?? {}) as { readonly name?: string };
  return `A fault of ours (${name}). What is done stays done. [INTERNAL]`;
}

/** The network's codes, PostgreSQL's for a server that goes away, and what the driver says without a code. */
function isAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string') return /^(ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|57P|08)/.test(code);
  return typeof message === 'string' && /^(Connection terminated|timeout exceeded|Query read timeout)/.test(message);
}
