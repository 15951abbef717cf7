import assert from 'node:assert/strict';
import { types } from 'node:util';
import type { StoredKey } from '../keys.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionRecord, SessionStore } from '../store.ts';

/** What the contract needs of a store's tests. */
export interface ContractStores {
  readonly store: SessionStore;
  /** Another view of the same sessions, as another process has it. Default is `store`. */
  readonly other?: SessionStore;
  /** Lets this much time pass, by the clock that the store goes by. */
  pass(ms: number): Promise<void>;
  /** Makes what the store depends on unreachable. Leave it out where nothing can fail. */
  fail?(): Promise<void>;
  close?(): Promise<void>;
}

/**
 * - `copy`: rows from another store are not taken
 * - `failure`: there is nothing that could fail
 * - `tombstones`: a destroyed session leaves no trace, and its key may be created anew
 * - `users`: whose session it is, is not kept
 * - `rising versions`: versions tell two states of a row apart, and not which one is newer
 * - `opaque data`: data has to be a JSON object, and comes back as equal JSON
 * - `milliseconds`: an expiry is kept to the second
 * - `atomic writes`: writes are kept apart within one process only
 */
export type StoreLack =
  'copy' | 'failure' | 'tombstones' | 'users' | 'rising versions' | 'opaque data' | 'milliseconds' | 'atomic writes';

/** What a case has to work with. */
export interface World extends ContractStores {
  readonly other: SessionStore;
  readonly key: StoredKey;
  /** Of the same bucket as `key`. */
  readonly sibling: StoredKey;
  /** Another one each time. */
  readonly newKey: () => StoredKey;
  readonly lacks: readonly StoreLack[];
}

export const HOUR = 3_600_000;

export const at = (ms: number): Date => new Date(Date.now() + ms);

export const create = (key: StoredKey, given: Partial<SessionRecord> = {}, fresh = true): SessionOperation => ({
  kind: 'create',
  key,
  data: '{"n":0}',
  expiresAt: at(HOUR),
  userId: null,
  fresh,
  ...given,
});

export const update = (
  key: StoredKey,
  given: Partial<SessionRecord> = {},
  expectedVersion?: number,
): SessionOperation => ({
  kind: 'update',
  key,
  data: '{"n":1}',
  expiresAt: at(HOUR),
  userId: null,
  ...given,
  expectedVersion,
});

export const touch = (key: StoredKey, expiresAt = at(2 * HOUR)): SessionOperation => ({
  kind: 'touch',
  key,
  expiresAt,
});
export const destroy = (key: StoredKey): SessionOperation => ({ kind: 'destroy', key });

export const rename = (key: StoredKey, newKey: StoredKey, expectedVersion?: number): SessionOperation => ({
  kind: 'rename',
  key,
  newKey,
  data: '{"n":2}',
  expiresAt: at(HOUR),
  userId: 'renamed',
  expectedVersion,
});

export async function one(store: SessionStore, operation: SessionOperation): Promise<ApplyResult> {
  const results = await store.apply([operation]);
  assert.equal(results.length, 1, 'one answer per operation');
  return results[0] as ApplyResult;
}

/** Applies, expects ok, and returns the version. */
export async function ok(store: SessionStore, operation: SessionOperation): Promise<number> {
  const result = await one(store, operation);
  assert.equal(result.status, 'ok', `${operation.kind} answers ok`);
  const { version } = result as ApplyResult & { status: 'ok' };
  assert.ok(Number.isSafeInteger(version), 'a version is a safe integer');
  return version;
}

export async function refused(
  store: SessionStore,
  operation: SessionOperation,
  status: ApplyResult['status'],
): Promise<void> {
  assert.equal((await one(store, operation)).status, status, `${operation.kind} answers ${status}`);
}

export async function find(store: SessionStore, key: StoredKey): Promise<SessionRecord | undefined> {
  const results = await store.load([key]);
  assert.equal(results.length, 1, 'one answer per key');
  const result = results[0] as LoadResult;
  if (result.status === 'found') return checked(result.record);
  assert.equal(result.status, 'absent', 'a load finds the session or knows that it is absent');
  return undefined;
}

function checked(record: SessionRecord): SessionRecord {
  assert.equal(typeof record.data, 'string', 'data is a string');
  assert.ok(types.isDate(record.expiresAt), 'an expiry is a Date');
  assert.equal(typeof record.version, 'number', 'a version is a number');
  return record;
}

/** As far as the store can keep it. */
export function assertKept(
  { lacks }: Pick<World, 'lacks'>,
  found: SessionRecord | undefined,
  kept: Omit<SessionRecord, 'version'> & { readonly version?: number },
): void {
  assert.ok(found, 'the session is found');
  const { data, expiresAt, userId, version } = found;
  assert.equal(data, kept.data);
  if (lacks.includes('milliseconds'))
    assert.ok(Math.abs(expiresAt.getTime() - kept.expiresAt.getTime()) < 1_500, 'the expiry is kept to the second');
  else assert.deepEqual(expiresAt, kept.expiresAt);
  assert.equal(userId, lacks.includes('users') ? null : kept.userId);
  if (kept.version !== undefined) assert.equal(version, kept.version);
}

/** Two views of the sessions that writes are kept apart between. */
export const writersOf = ({ store, other, lacks }: World): readonly [SessionStore, SessionStore] =>
  lacks.includes('atomic writes') ? [store, store] : [store, other];

export const dataOf = async (store: SessionStore, key: StoredKey): Promise<string | undefined> =>
  (await find(store, key))?.data;

export async function assertAbsent(world: World, key = world.key): Promise<void> {
  assert.equal(await dataOf(world.store, key), undefined, 'the session is absent');
  assert.equal(await dataOf(world.other, key), undefined, 'the session is absent for others, too');
}
