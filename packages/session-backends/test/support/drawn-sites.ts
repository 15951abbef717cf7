import fc from 'fast-check';
import { epochOf, firstVersion, versionOf, type Fence } from '../../src/fence/rules.ts';
import type { SiteCopy, SiteWrite } from '../../src/fence/site.ts';
import type { StoredKey } from '../../src/keys.ts';

/*
 * What fences, rows, writes and copies there may be at a site, drawn so that each rule is met often: few epochs, few
 * versions, few dates.
 */

const MOVES = ['00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b', null] as const;
export const LATER = new Date('2100-01-01T00:00:00Z');
const LATEST = new Date('2101-01-01T00:00:00Z');
export const PAST = new Date('2020-01-01T00:00:00Z');

const epoch = fc.integer({ min: 1, max: 4 });
const version = fc.tuple(epoch, fc.integer({ min: 1, max: 3 })).map(([e, counter]) => versionOf(e, counter));
export const expiry = fc.constantFrom(LATER, LATEST, PAST);
const userId = fc.constantFrom(null, 'ada');

export const fence: fc.Arbitrary<Fence> = fc.record({
  epoch,
  state: fc.constantFrom('auth' as const, 'auth' as const, 'armed' as const, 'gone' as const, 'idle' as const),
  merge: fc.boolean(),
  floor: fc.constantFrom(0, versionOf(2, 0), versionOf(3, 0)),
  capture: fc.boolean(),
  moveId: fc.constantFrom(...MOVES),
});

/** A session, or a tombstone. */
export const row = fc.record({
  data: fc.constantFrom<string | null>('{"a":1}', null),
  expiresAt: expiry,
  version,
  userId,
});

/** Any write of this key; a rename wants one of the new keys. */
export function writeOf(key: StoredKey, bucket: number, newKeys: readonly StoredKey[]): fc.Arbitrary<SiteWrite> {
  const base = {
    key: fc.constant(key),
    bucket: fc.constant(bucket),
    believedEpoch: fc.integer({ min: 0, max: 4 }),
    adoptedEpoch: fc.option(epoch, { nil: null }),
  };
  const body = { data: fc.constantFrom('{"b":2}', '{"a":1}'), expiresAt: expiry, userId };
  const expectedVersion = fc.option(version, { nil: undefined });
  const kind = <K extends string>(name: K): { kind: fc.Arbitrary<K> } => ({ kind: fc.constant(name) });
  return fc.oneof(
    fc.record({ ...kind('create'), ...base, ...body, fresh: fc.boolean() }),
    fc.record({ ...kind('update'), ...base, ...body, expectedVersion, step: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ ...kind('touch'), ...base, expiresAt: expiry }),
    fc.record({ ...kind('destroy'), ...base }),
    fc.record({ ...kind('rename'), ...base, ...body, expectedVersion, newKey: fc.constantFrom(...newKeys) }),
  );
}

/** Any copy of this key, with one of these data. */
export const copyOf = (key: StoredKey, bucket: number, data: readonly (string | null)[]): fc.Arbitrary<SiteCopy> =>
  fc.record({
    key: fc.constant(key),
    bucket: fc.constant(bucket),
    data: fc.constantFrom(...data),
    expiresAt: expiry,
    version,
    userId,
    moveId: fc.constantFrom(...MOVES),
    adoptEpoch: fc.option(epoch, { nil: null }),
    deadline: fc.constantFrom(null, LATER, PAST),
  });

/** The counter of a created row is the clock's, which two sites do not read at the same moment. */
export const withoutClock = <T>(values: readonly T[]): T[] =>
  values.map((value) => {
    const { version: found } = value as { version?: number };
    const byClock = found !== undefined && Math.abs(found - firstVersion(epochOf(found), Date.now())) < 60_000;
    return byClock ? { ...value, version: `by the clock, epoch ${epochOf(found)}` } : value;
  });

/** By key, as a database lists them. */
export const sortedRows = (rows: ReadonlyMap<StoredKey, object>): object[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, ...value }));

/** Puts the fences of the first buckets as drawn. $1 to $7: arrays of each column. */
export const putFences = (table: string): string =>
  `update ${table} f set epoch = i.epoch, state = i.state, merge = i.merge, floor = i.floor, capture = i.capture, move_id = i.move_id
   from unnest($1::int[], $2::int[], $3::text[], $4::bool[], $5::bigint[], $6::bool[], $7::uuid[]) as i(bucket, epoch, state, merge, floor, capture, move_id)
   where f.bucket = i.bucket`;

export const fenceColumns = (fences: readonly Fence[]): unknown[][] => [
  fences.map((_, bucket) => bucket),
  ...(['epoch', 'state', 'merge', 'floor', 'capture', 'moveId'] as const).map((name) => fences.map((one) => one[name])),
];
