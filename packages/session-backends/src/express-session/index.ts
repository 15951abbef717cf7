export {
  expressSessionStore,
  type ExpressSessionModule,
  type ExpressSessionStore,
  type ExpressSessionStoreOptions,
} from './express-session-store.ts';
export type { SavedEvent, SavedSessionsOptions } from '../saved/saved-sessions-options.ts';
