import type { MoveDatabase } from '@switchyard/session-move';
import type { ActionRecord, ActionSeen, ActionSlot } from './action-record.ts';

export type Claim =
  | { readonly status: 'claimed'; readonly token: number }
  /** This very action has been given before. */
  | { readonly status: 'repeated' }
  /** Another action holds the slot. */
  | { readonly status: 'busy'; readonly by: ActionSeen | undefined };

/** Rows of `session_lease` in the new database, by its clock: at most one action in each slot at a time, whoever gives it. */
export interface ActionSlots {
  claim(slot: ActionSlot, record: ActionRecord): Promise<Claim>;
  /** Says that it goes on, and how far. `isMine` false: another one has the slot, since this process was silent too long. */
  update(
    slot: ActionSlot,
    token: number,
    record: ActionRecord,
  ): Promise<{ readonly isMine: boolean; readonly stopAsked: boolean }>;
  /** Asks the process that does this action to end it. */
  askToStop(slot: ActionSlot, id: string): Promise<void>;
  read(): Promise<readonly ActionSeen[]>;
}

/** A process that has not reported for this long does not run its action any more. */
const SILENT_MS = 10_000;
/** An action's number is remembered for longer than anybody keeps a page open. */
const REMEMBERED_HOURS = 48;

const PREFIX = 'console/';

/** The number is taken once, and old ones are forgotten. */
const TAKE_NUMBER = `with forgotten as (
    delete from session_lease where name like '${PREFIX}action/%' and expires_at < clock_timestamp())
  insert into session_lease (name, holder, token, expires_at)
  values ('${PREFIX}action/' || $1, '', 0, clock_timestamp() + interval '${REMEMBERED_HOURS} hours')
  on conflict (name) do nothing returning name`;

const CLAIM = `insert into session_lease as l (name, holder, token, expires_at)
  values ('${PREFIX}' || $1, $2, 1, clock_timestamp() + $3 * interval '1 ms')
  on conflict (name) do update set holder = excluded.holder, token = l.token + 1, expires_at = excluded.expires_at
  where l.expires_at < clock_timestamp() or l.holder::jsonb->>'state' <> 'running'
  returning token`;

const UPDATE = `update session_lease set holder = $2, expires_at = clock_timestamp() + $3 * interval '1 ms'
  where name = '${PREFIX}' || $1 and token = $4
  returning exists (select from session_lease s where s.name = '${PREFIX}' || $1 || '/stop' and s.holder = $5) as stop`;

const ASK_TO_STOP = `insert into session_lease (name, holder, token, expires_at)
  values ('${PREFIX}' || $1 || '/stop', $2, 0, clock_timestamp() + interval '1 hour')
  on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at`;

const READ = `select name, holder, expires_at < clock_timestamp() as silent from session_lease
  where name in ('${PREFIX}change', '${PREFIX}backfill', '${PREFIX}verify')`;

export function actionSlots(database: Pick<MoveDatabase, 'query'>): ActionSlots {
  const read = async (): Promise<readonly ActionSeen[]> =>
    (await database.query(READ)).map((row) => {
      const record = JSON.parse(String(row['holder'])) as ActionRecord;
      return {
        ...record,
        // A process of the release before writes none.
        options: record.options ?? {},
        slot: String(row['name']).slice(PREFIX.length) as ActionSlot,
        isAbandoned: record.state === 'running' && row['silent'] === true,
      };
    });

  return {
    read,
    claim: async (slot, record) => {
      const [number] = await database.query(TAKE_NUMBER, [record.id]);
      if (number === undefined) return { status: 'repeated' };
      const [row] = await database.query(CLAIM, [slot, JSON.stringify(record), SILENT_MS]);
      if (row !== undefined) return { status: 'claimed', token: Number(row['token']) };
      return { status: 'busy', by: (await read()).find((seen) => seen.slot === slot) };
    },
    update: async (slot, token, record) => {
      const [row] = await database.query(UPDATE, [slot, JSON.stringify(record), SILENT_MS, token, record.id]);
      return { isMine: row !== undefined, stopAsked: row?.['stop'] === true };
    },
    askToStop: async (slot, id) => {
      await database.query(ASK_TO_STOP, [slot, id]);
    },
  };
}
