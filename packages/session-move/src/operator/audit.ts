import type { MoveDatabase } from '../move-database.ts';
import type { MoveSide } from '../move-side.ts';

/** One line of the log of who did what, kept in both databases. */
export interface AuditEntry {
  /** Who, as `user@host`. */
  readonly actor: string;
  /** What was done, and how far: "switch begun", "switch done". */
  readonly action: string;
  readonly moveId: string | null;
  /** Numbers and names; never session data, keys or secrets. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditLine extends AuditEntry {
  readonly at: Date;
}

const INSERT = 'insert into session_audit (actor, action, move_id, detail) values ($1, $2, $3, $4)';

const READ = `select at, actor, action, move_id, detail from session_audit
  where action <> 'verify' order by at desc, id desc limit $1`;

/**
 * Writes the entry into every database that can be written. That one of them is away does not stop an operator; that
 * none of them took it does.
 * @throws what the first database threw, when no database took the entry
 */
export async function recordAudit(sides: readonly MoveSide[], entry: AuditEntry): Promise<void> {
  const { actor, action, moveId, detail } = entry;
  const written = await Promise.allSettled(
    sides.map(({ database }) => database.query(INSERT, [actor, action, moveId, JSON.stringify(detail)])),
  );
  const [first] = written;
  if (first?.status === 'rejected' && written.every(({ status }) => status === 'rejected')) throw first.reason;
}

/** The newest entries first. */
export async function readAudit(database: MoveDatabase, limit = 10): Promise<AuditLine[]> {
  const rows = await database.query(READ, [limit]);
  return rows.map((row) => ({
    at: row['at'] as Date,
    actor: row['actor'] as string,
    action: row['action'] as string,
    moveId: row['move_id'] as string | null,
    detail: row['detail'] as Record<string, unknown>,
  }));
}
