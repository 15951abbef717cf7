import { byModel, flagged, type Router } from '@switchyard/router';

/**
 * Which database serves what, and which migrations may come where: sessions are on the main database until the flag sends
 * them to their own.
 */
export const shopRouters = (isRouted: () => boolean): readonly Router<'main' | 'sessions', 'session'>[] => [
  flagged({
    flag: 'new_db_router_flag',
    read: isRouted,
    on: byModel({ session: 'sessions' }, { schemas: { sessions: 'sessions' } }),
  }),
];
