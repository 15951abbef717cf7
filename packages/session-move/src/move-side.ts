import type { Site } from '@switchyard/session-backends/fence';
import type { MoveDatabase } from './move-database.ts';

/** One database of the move, and the site that its sessions are reached through. */
export interface MoveSide {
  readonly database: MoveDatabase;
  readonly site: Site;
  /** What goes another way where its rows lie in a table of another library. Default: in our own table `session`. */
  readonly rows?: SideRows;
}

export interface SideRows {
  /** Which of the triggers that bring the library into the move are missing, or switched off. */
  missingTriggers(): Promise<readonly string[]>;
  /** Whether this user may take all rows away: asked before anything is done that cannot be taken back. */
  mayEmpty(): Promise<boolean>;
  /** In the transaction of `query`: takes all rows away, and what is listed of them. */
  empty(query: MoveDatabase['query']): Promise<void>;
  /** The same for the table itself. */
  drop(query: MoveDatabase['query']): Promise<void>;
  /** Deletes what has expired and nobody needs any more. Resolves to how many rows that were. */
  purge(signal: AbortSignal): Promise<number>;
}
