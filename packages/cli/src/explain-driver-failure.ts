import { isLostConnection } from '@switchyard/session-move';

/** What a user can do about an error of the PostgreSQL driver's; `undefined`: nothing, it is a fault of ours. */
export function explainDriverFailure(error: unknown): string | undefined {
  if (isLostConnection(error)) return AWAY;
  const code = codeOf(error);
  return code === undefined ? undefined : EXPLAINED.find(([pattern]) => pattern.test(code))?.[1];
}

export const AWAY =
  'A database does not answer any more. What is done stays done: give the command again. [SERVER_UNREACHABLE]';

/** By SQLSTATE, or by the system's name of a failure. */
const EXPLAINED: readonly (readonly [RegExp, string])[] = [
  [
    /^(08|57P)|^E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN)$/,
    AWAY,
  ],
  [
    /^42(P01|703)$/,
    'A database lacks a table or a column that is needed. "npx switchyard migrate --all --list" shows what is not applied yet. [NOT_MIGRATED]',
  ],
  [/^53/, 'A database has no more connections, memory or disk to give. Try again when it has. [SERVER_UNREACHABLE]'],
  [
    /^(28|3D)|^42501$/,
    "A database refuses this user: correct the URLs, or let the user do what the tables' owner may. [LOGIN_REFUSED]",
  ],
];

function codeOf(error: unknown): string | undefined {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  // A host with several addresses: each has failed.
  return Array.isArray(errors) ? codeOf(errors[0]) : undefined;
}
