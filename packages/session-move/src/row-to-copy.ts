import type { Fence, SiteCopy } from '@switchyard/session-backends/fence';
import type { MoveRow } from './move-database.ts';

/** How long a copy may be on its way, by the database's clock; later it is refused. */
export const COPY_DEADLINE = `clock_timestamp() + interval '10 minutes' as deadline`;

/** What the fence beside a row says of the side it was read at. */
export const senderOf = (row: MoveRow): Pick<Fence, 'epoch' | 'state'> => ({
  epoch: row['epoch'] as number,
  state: row['state'] as Fence['state'],
});

/** A row as it was read, with `bucket`, `move_id` and `deadline` beside it. */
export const rowToCopy = (row: MoveRow): SiteCopy => ({
  key: row['session_key'] as SiteCopy['key'],
  bucket: row['bucket'] as number,
  data: row['data'] as string | null,
  expiresAt: row['expires_at'] as Date,
  version: Number(row['version']),
  userId: row['user_id'] as string | null,
  moveId: row['move_id'] as string | null,
  adoptEpoch: null,
  deadline: row['deadline'] as Date,
});
