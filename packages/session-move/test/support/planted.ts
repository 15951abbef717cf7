import { createHash } from 'node:crypto';
import type { SessionOperation, SessionStore, StoredKey } from '@switchyard/session-backends';
import type { FindingKind } from '../../src/verify/verify-report.ts';
import type { MoveSide } from '../../src/move-side.ts';
import { nthKey } from './filled-sides.ts';

export type Planted = FindingKind | 'expired-only';

interface Field {
  readonly authority: MoveSide;
  readonly mirror: MoveSide;
  /** Writes as the shop does. */
  readonly store: SessionStore;
}

type Plant = (field: Field, keys: readonly StoredKey[]) => Promise<unknown>;

const LATER = new Date('2100-01-01T00:00:00Z');
const LONG_AGO = '2020-01-01T00:00:00Z';

/** Past every trigger, as whoever may do anything would. */
export const behindTriggers = ({ database }: MoveSide, text: string, values: readonly unknown[]): Promise<unknown> =>
  database.transaction(async (query) => {
    await query('set local session_replication_role = replica');
    return query(text, values);
  });

const remove = ({ database }: MoveSide, keys: readonly StoredKey[]): Promise<unknown> =>
  database.transaction(async (query) => {
    await query(`set local switchyard.may_delete = 'yes'`);
    return query('delete from session where session_key = any ($1)', [keys]);
  });

const insert = (side: MoveSide, keys: readonly StoredKey[], expiresAt: string, data: string | null): Promise<unknown> =>
  side.database.query(
    'insert into session (session_key, data, expires_at) select key, $2, $3::timestamptz from unnest($1::text[]) as key',
    [keys, data, expiresAt],
  );

/** Written by the shop; then the entry that would have it carried is lost. */
const uncaptured =
  (...kinds: readonly ('create' | 'update' | 'destroy')[]): Plant =>
  async ({ store, authority }, keys) => {
    for (const kind of kinds) {
      const body = { data: '{"written":1}', expiresAt: LATER, userId: null };
      const toOperation = (key: StoredKey): SessionOperation =>
        kind === 'create'
          ? { kind, key, ...body, fresh: true }
          : kind === 'update'
            ? { kind, key, ...body, expectedVersion: undefined }
            : { kind, key };
      const results = await store.apply(keys.map(toOperation));
      expectOk(results.map(({ status }) => status));
    }
    await authority.database.query('delete from session_outbox where session_key = any ($1)', [keys]);
  };

const expectOk = (statuses: readonly string[]): void => {
  if (statuses.some((status) => status !== 'ok')) throw new Error(`planting failed: ${statuses.join(', ')}`);
};

const change =
  (columns: string): Plant =>
  ({ mirror }, keys) =>
    behindTriggers(mirror, `update session set ${columns} where session_key = any ($1)`, [keys]);

interface Kind {
  readonly what: string;
  readonly kind: Planted;
  /** Of keys that no row has yet. */
  readonly fresh?: true;
  readonly plant: Plant;
}

export const PLANTS: readonly Kind[] = [
  { what: 'deleted at the mirror', kind: 'lost-capture', plant: ({ mirror }, keys) => remove(mirror, keys) },
  { what: 'a change not captured', kind: 'lost-capture', plant: uncaptured('update') },
  { what: 'a creation not captured', kind: 'lost-capture', fresh: true, plant: uncaptured('create') },
  { what: 'a logout not captured', kind: 'lost-capture', plant: uncaptured('destroy') },
  { what: 'a whole session not captured', kind: 'lost-capture', fresh: true, plant: uncaptured('create', 'destroy') },
  { what: 'other data', kind: 'corruption', plant: change(`data = '{"rotten":1}'`) },
  { what: 'one byte of the data', kind: 'corruption', plant: change(`data = overlay(data placing '#' from 20)`) },
  { what: 'a tombstone that lives', kind: 'corruption', plant: change(`data = null`) },
  { what: 'another expiry', kind: 'corruption', plant: change(`expires_at = expires_at + interval '1 ms'`) },
  { what: 'another user', kind: 'corruption', plant: change(`user_id = 'mallory'`) },
  { what: 'no user', kind: 'corruption', plant: change(`user_id = case when user_id is null then '' end`) },
  { what: 'written at the mirror', kind: 'rogue-writer', plant: change(`version = version + 7, data = '{}'`) },
  {
    what: 'written at the mirror in an epoch to come',
    kind: 'rogue-writer',
    plant: change(`version = version + (4::bigint << 40)`),
  },
  {
    what: 'created at the mirror',
    kind: 'rogue-writer',
    fresh: true,
    plant: ({ mirror }, keys) => insert(mirror, keys, '2100-01-01', '{}'),
  },
  {
    what: 'expired, at the authority only',
    kind: 'expired-only',
    fresh: true,
    plant: ({ authority }, keys) => insert(authority, keys, LONG_AGO, '{}'),
  },
  {
    what: 'expired, at the mirror only',
    kind: 'expired-only',
    fresh: true,
    plant: ({ mirror }, keys) => insert(mirror, keys, LONG_AGO, '{}'),
  },
  {
    what: 'an expired tombstone, at the mirror only',
    kind: 'expired-only',
    fresh: true,
    plant: ({ mirror }, keys) => insert(mirror, keys, LONG_AGO, null),
  },
];

/**
 * Plants so many differences of every sort, on the first rows. Resolves to what was planted on which key. Nothing may be
 * carried meanwhile.
 */
export async function plantDifferences(field: Field, each: number): Promise<Map<StoredKey, Planted>> {
  const planted = new Map<StoredKey, Planted>();
  for (const [i, { what, kind, fresh, plant }] of PLANTS.entries()) {
    const keys = Array.from({ length: each }, (_, n) =>
      fresh === true ? freshKey(`${what} ${n}`) : nthKey(i * each + n + 1),
    );
    await plant(field, keys);
    for (const key of keys) planted.set(key, kind);
  }
  return planted;
}

/** The first rows that are left alone, for others to use. */
export const untouchedFrom = (each: number): number => PLANTS.length * each + 1;

const freshKey = (text: string): StoredKey => createHash('sha256').update(text).digest('hex') as StoredKey;
