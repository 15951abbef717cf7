export {
  expressSessionStore,
  type ExpressSessionModule,
  type ExpressSessionStore,
  type ExpressSessionStoreOptions,
} from './express-session-store.ts';
export type { SavedSessionsOptions, SaveEvent } from '../saved/saved-sessions.ts';
