import { SessionError, SqlFailure } from '@switchyard/session-backends';
import { FenceError } from '@switchyard/session-backends/fence';
import { isLostConnection, MoveError } from '@switchyard/session-move';

/** Why an action failed, with its code. Of a fault of ours only the kind: its message might hold anything. */
export function sayFailure(error: unknown): string {
  if (error instanceof MoveError || error instanceof FenceError || error instanceof SessionError)
    return `${error.message} [${error.code}]`;
  if (error instanceof SqlFailure || isLostConnection(error))
    return 'A database does not answer any more. What is done stays done: give it again when the database is back. [SIDE_UNREACHABLE]';
  const { name = 'unknown' } = (error ?? {}) as { readonly name?: string };
  return `A fault of ours (${name}). What is done stays done. [INTERNAL]`;
}
