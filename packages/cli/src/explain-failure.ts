import { DatabaseError } from '@switchyard/databases';
import { RouterError } from '@switchyard/router';
import { SessionError, SqlFailure, TableSpaceError } from '@switchyard/session-backends';
import { ImportError } from '@switchyard/session-backends/foreign';
import { FenceError } from '@switchyard/session-backends/fence';
import { MoveError } from '@switchyard/session-move';
import { AWAY, explainDriverFailure } from './explain-driver-failure.ts';

/** A failure that the user can act on, in words, with its code; `undefined` for a fault of ours. */
export function explainFailure(error: unknown): string | undefined {
  if (error instanceof SessionError && error.cause instanceof Error)
    return `${error.message} ${explainFailure(error.cause) ?? `Cause: ${error.cause.message}.`} [${error.code}]`;
  if (error instanceof SqlFailure && isAway(error)) return AWAY;
  if (
    error instanceof DatabaseError ||
    error instanceof SessionError ||
    error instanceof FenceError ||
    error instanceof ImportError ||
    error instanceof RouterError ||
    error instanceof TableSpaceError ||
    error instanceof MoveError
  )
    return `${error.message} [${error.code}]`;
  return explainDriverFailure(error);
}

/** The connection failed, or the server says that it is going away. */
const isAway = ({ sqlState }: SqlFailure): boolean => sqlState === undefined || /^(08|57P)/.test(sqlState);
