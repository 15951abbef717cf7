// A shop that shares Django's sessions, on their way from django_session to a database of their own.
//
// After `switchyard move start --from django`, this shop and Django serve the same visitors, with the same cookie. Django
// may write to its table until the first switch; whatever it serves has to have moved here by then.
import { createSessions, pgExecutor, type PgPoolLike, type Sessions } from '@switchyard/session-backends';
import { djangoCodec, foreignTableStore } from '@switchyard/session-backends/foreign';

export interface ShopDatabases {
  /** Where django_session is. */
  readonly main: PgPoolLike;
  /** Where the sessions go to: `switchyard migrate sessions --database sessions` makes its tables. */
  readonly sessions: PgPoolLike;
}

/** @param secretKeys Django's SECRET_KEY, and its SECRET_KEY_FALLBACKS after it. The cookie is named "sessionid". */
export const shopSessions = ({ main, sessions }: ShopDatabases, secretKeys: readonly string[]): Sessions =>
  createSessions({
    store: foreignTableStore({ old: pgExecutor(main), new: pgExecutor(sessions) }),
    keyEncoding: 'plain',
    codec: djangoCodec({ secretKeys }),
  });
