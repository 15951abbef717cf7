import { DatabaseError } from '@switchyard/databases';
import { SessionError } from '@switchyard/session-backends';
import { FenceError } from '@switchyard/session-backends/fence';
import { MoveError } from '@switchyard/session-move';

/** A failure that the user can act on, in words, with its code; `undefined` for a fault of ours. */
export function explainFailure(error: unknown): string | undefined {
  if (error instanceof SessionError && error.cause instanceof Error)
    return `${error.message} ${explainFailure(error.cause) ?? `Cause: ${error.cause.message}.`} [${error.code}]`;
  if (
    error instanceof DatabaseError ||
    error instanceof SessionError ||
    error instanceof FenceError ||
    error instanceof MoveError
  )
    return `${error.message} [${error.code}]`;
  return undefined;
}
