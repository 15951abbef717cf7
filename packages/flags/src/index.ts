export { databaseFlagProvider, type DatabaseFlagProviderOptions } from './database-flag-provider.ts';
export type { FlagSource } from './flag-source.ts';
export { moveFlags, type FlagClientLike, type MoveFlags, type MoveFlagValues } from './move-flags.ts';
export { postgresMoveFlags, type FlagTableLike, type PostgresMoveFlags } from './postgres-move-flags.ts';
export {
  postgresFlagSource,
  type ListenerLike,
  type PostgresFlagSourceOptions,
  type QueryableLike,
} from './postgres-flag-source.ts';
