import type { MoveDatabase } from '../move-database.ts';

/** What a database notifies when there is something for a worker that sleeps. */
export const OUTBOX_CHANNEL = 'switchyard_outbox';

/** A row of `session_lease` that the trigger of `session_outbox` looks for. */
const NAME = 'outbox/asleep';

const SET = `insert into session_lease as l (name, holder, token, expires_at)
  values ('${NAME}', $1, 0, clock_timestamp() + $2 * interval '1 ms')
  on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at`;

const UNSET = `update session_lease set expires_at = clock_timestamp()
  where name = '${NAME}' and holder = $1 and expires_at > clock_timestamp()`;

/**
 * Whether a database's writers have to wake the worker. They notify only while it sleeps: a NOTIFY in every commit would
 * make commits wait for each other. It expires by itself, so that nobody goes on notifying a worker that is gone.
 */
export interface Alarm {
  set(forMs: number): Promise<void>;
  /** Does nothing unless it is set, by this holder. */
  unset(): Promise<void>;
}

export function databaseAlarm(database: Pick<MoveDatabase, 'query'>, holder: string): Alarm {
  let isSet = false;
  return {
    set: async (forMs) => {
      isSet = true;
      await database.query(SET, [holder, forMs]);
    },
    unset: async () => {
      if (!isSet) return;
      await database.query(UNSET, [holder]);
      isSet = false;
    },
  };
}
