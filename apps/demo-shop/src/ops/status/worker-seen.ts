import type { MoveDatabase } from '@switchyard/session-move';

/** The worker that leads, by its lease. */
export interface WorkerSeen {
  /** `host/pid`. */
  readonly holder: string;
}

const READ = `select holder from session_lease
  where name = 'move-worker' and holder <> '' and expires_at > clock_timestamp()`;

/** `undefined`: none leads, so nothing is carried across. */
export async function readWorker(database: MoveDatabase): Promise<WorkerSeen | undefined> {
  const [row] = await database.query(READ);
  if (row === undefined) return undefined;
  return { holder: String(row['holder']).split('/').slice(0, 2).join('/') };
}
