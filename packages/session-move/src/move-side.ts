import type { Site } from '@switchyard/session-backends/fence';
import type { MoveDatabase } from './move-database.ts';

/** One database of the move, and the site that its sessions are reached through. */
export interface MoveSide {
  readonly database: MoveDatabase;
  readonly site: Site;
}
