export {
  koaSessionStore,
  type KoaMaxAge,
  type KoaSessionStore,
  type KoaSessionStoreOptions,
} from './koa-session-store.ts';
export type { SavedEvent, SavedSessionsOptions } from '../saved/saved-sessions-options.ts';
