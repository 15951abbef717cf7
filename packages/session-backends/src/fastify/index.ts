export {
  fastifySessionStore,
  type FastifySessionLike,
  type FastifySessionStore,
  type FastifySessionStoreOptions,
} from './fastify-session-store.ts';
export type { SavedEvent, SavedSessionsOptions } from '../saved/saved-sessions-options.ts';
