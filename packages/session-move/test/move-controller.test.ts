import { randomUUID } from 'node:crypto';
import {
  drawSessionKey,
  encodeKey,
  type ApplyResult,
  type LoadResult,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { epochOf } from '@switchyard/session-backends/fence';
import { ALL_BUCKETS, createMoveController, type MoveController } from '../src/move-controller.ts';
import type { MoveDatabase } from '../src/move-database.ts';
import type { MoveSide } from '../src/move-side.ts';
import { drainRound } from '../src/worker/drain-round.ts';
import { openTwoSides, type TwoSides } from './support/two-sides.ts';

const LATER = new Date(Date.now() + 3_600_000);
const create = (key: StoredKey, data: string): SessionOperation => ({
  kind: 'create',
  key,
  data,
  expiresAt: LATER,
  userId: null,
  fresh: true,
});
const update = (key: StoredKey, data: string): SessionOperation => ({
  kind: 'update',
  key,
  data,
  expiresAt: LATER,
  userId: null,
  expectedVersion: undefined,
});
const destroy = (key: StoredKey): SessionOperation => ({ kind: 'destroy', key });
const apply = async (store: SessionStore, operation: SessionOperation): Promise<ApplyResult> =>
  (await store.apply([operation]))[0] as ApplyResult;
const load = async (store: SessionStore, key: StoredKey): Promise<LoadResult> =>
  (await store.load([key]))[0] as LoadResult;
const dataOf = async (store: SessionStore, key: StoredKey): Promise<string> => {
  const result = await load(store, key);
  return result.status === 'found' ? result.record.data : result.status;
};

/** A controller that dies at its nth fence change: before it commits, or just after. */
const dying = (sides: TwoSides, at: number, after: boolean): MoveController => {
  let changes = 0;
  const wrap = (side: MoveSide): MoveSide => ({
    ...side,
    database: {
      query: side.database.query,
      transaction: async (work) => {
        const dies = ++changes === at;
        const result = await side.database.transaction(async (query) => {
          const done = await work(query);
          if (dies && !after) throw new Error('killed');
          return done;
        });
        if (dies) throw new Error('killed');
        return result;
      },
    } satisfies MoveDatabase,
  });
  return createMoveController({ old: wrap(sides.old), new: wrap(sides.new) });
};

/** The same side; something else happens right before its first fence change. */
function before(side: MoveSide, work: () => Promise<void>): MoveSide {
  let isFirst = true;
  const { query, transaction } = side.database;
  const database: MoveDatabase = {
    query,
    transaction: async (steps) => {
      if (isFirst) {
        isFirst = false;
        await work();
      }
      return transaction(steps);
    },
  };
  return { ...side, database };
}

describe('a move', () => {
  let sides: TwoSides;
  let controller: MoveController;
  beforeEach(async () => {
    sides = await openTwoSides();
    controller = createMoveController(sides);
  });
  afterEach(() => sides.databases.close());

  const phases = async (): Promise<string[]> => [...new Set(await controller.phases())];

  it('goes forward, back and forward again with every session kept and every logout final', async () => {
    const stores = [sides.openStore(), sides.openStore()] as const;
    const keys = Array.from({ length: 40 }, () => encodeKey(drawSessionKey()));
    const expected = new Map<StoredKey, string>();
    for (const [i, key] of keys.entries()) {
      await apply(stores[0], create(key, `{"n":${i}}`));
      expected.set(key, `{"n":${i}}`);
    }
    /** A third is written, a few are destroyed, by a process that does not know what happened meanwhile. */
    const work = async (round: number): Promise<void> => {
      for (const [i, key] of keys.entries()) {
        const store = stores[(i + round) % 2] as SessionStore;
        if (i % 3 === round % 3 && expected.get(key) !== 'absent') {
          expect(await apply(store, update(key, `{"n":${i},"round":${round}}`))).toMatchObject({ status: 'ok' });
          expected.set(key, `{"n":${i},"round":${round}}`);
        }
        if (i === round) {
          expect(await apply(store, destroy(key))).toMatchObject({ status: 'ok' });
          expected.set(key, 'absent');
        }
      }
    };
    const check = async (): Promise<void> => {
      for (const store of [...stores, sides.openStore()])
        for (const key of keys) expect([key, await dataOf(store, key)]).toEqual([key, expected.get(key)]);
    };

    expect(await phases()).toEqual(['off']);
    const moveId = await controller.start();
    expect(await phases()).toEqual(['mirroring']);
    await work(1);
    await sides.backfill(moveId);
    await sides.drain('old');
    await work(2);
    await controller.switch('new');
    expect(await phases()).toEqual(['merging']);
    await check();
    await work(3);
    expect(await controller.settle()).toHaveLength(256 - 256 + (await controller.settle()).length);
    await sides.drain('old');
    expect(await controller.settle()).toEqual([]);
    expect(await phases()).toEqual(['moved']);
    await check();
    await work(4);
    await controller.switch('old');
    expect(await phases()).toEqual(['merging-back']);
    await check();
    await work(5);
    await sides.drain('new');
    expect(await controller.settle()).toEqual([]);
    expect(await phases()).toEqual(['mirroring']);
    await check();
    await work(6);
    await sides.drain('old');
    await controller.switch('new');
    await work(7);
    await sides.drain('old');
    expect(await controller.settle()).toEqual([]);
    await sides.drain('new');
    await check();
    await controller.complete();
    expect(await phases()).toEqual(['complete']);
    await check();
    expect((await sides.databases.main.query('select 1 from session')).rowCount).toBe(0);
  });

  it('moves any share of the buckets, and leaves the others alone', async () => {
    const store = sides.openStore();
    const key = (bucket: string): StoredKey => `${bucket}${'7'.repeat(62)}` as StoredKey;
    await store.apply([create(key('00'), '{}'), create(key('80'), '{}')]);
    await sides.backfill(await controller.start());
    await controller.switch('new', ALL_BUCKETS.slice(0, 26));
    expect((await controller.phases()).filter((phase) => phase === 'merging')).toHaveLength(26);
    await store.apply([update(key('00'), '{"a":1}'), update(key('80'), '{"a":1}')]);
    const results = await store.load([key('00'), key('80')]);
    expect(results.map((result) => result.status === 'found' && epochOf(result.record.version))).toEqual([2, 1]);
  });

  it('ends no merge while the side that was left has something the other lacks', async () => {
    const store = sides.openStore();
    const key = encodeKey(drawSessionKey());
    const bucket = Number.parseInt(key.slice(0, 2), 16);
    const moveId = await controller.start();
    await apply(store, create(key, '{}'));
    await controller.switch('new', [bucket]);
    expect(await controller.settle([bucket])).toEqual([bucket]);
    await sides.backfill(moveId, [bucket]);
    expect(await controller.settle([bucket])).toEqual([bucket]);
    await sides.drain('old');
    expect(await controller.settle([bucket])).toEqual([]);
    expect(await dataOf(store, key)).toBe('{}');
  });

  it('is taken back before the first switch: the new side is emptied, and late copies of it are refused', async () => {
    const store = sides.openStore();
    const key = encodeKey(drawSessionKey());
    await apply(store, create(key, '{}'));
    const moveId = await controller.start();
    await sides.backfill(moveId);
    await controller.cancel();
    expect(await phases()).toEqual(['off']);
    expect((await sides.databases.sessions.query('select 1 from session')).rowCount).toBe(0);
    const late = {
      key,
      bucket: Number.parseInt(key.slice(0, 2), 16),
      data: '{}',
      expiresAt: LATER,
      version: 2 ** 40 + 1,
      userId: null,
    };
    const [refused] = await sides.new.site.copy([{ ...late, moveId, adoptEpoch: null, deadline: null }]);
    expect(refused?.applied).toBe(false);
    const again = await controller.start();
    expect(again).not.toBe(moveId);
    await sides.backfill(again);
    expect((await sides.databases.sessions.query('select 1 from session')).rowCount).toBe(1);
  });

  it('that was started and cancelled in one moment is put right by the next start', async () => {
    const store = sides.openStore();
    await controller.start();
    // The cancel looked at the old side before it began to list changes, and renamed the move at the new one after.
    const renamed = randomUUID();
    await sides.databases.sessions.query('update session_fence set move_id = $1', [renamed]);
    const key = encodeKey(drawSessionKey());
    await apply(store, create(key, '{}'));
    const worker = { old: sides.old, new: sides.new };
    expect(await drainRound(worker, () => true)).toMatchObject({ cleared: 0, refused: { old: 0, new: 0 } });
    expect(await controller.start()).toBe(renamed);
    await sides.backfill(renamed);
    expect(await drainRound(worker, () => true)).toMatchObject({ cleared: 1, refused: { old: 0, new: 0 } });
    expect((await sides.databases.sessions.query('select 1 from session')).rowCount).toBe(1);
  });

  it('refuses a new side that has sessions of its own', async () => {
    await sides.databases.sessions.query(
      `insert into session (session_key, data, expires_at) values ('k', '{}', now() + interval '1 day')`,
    );
    await expect(controller.start()).rejects.toMatchObject({ code: 'NEW_NOT_EMPTY' });
    expect((await sides.databases.sessions.query('select 1 from session')).rowCount).toBe(1);
  });

  it('refuses what is out of order, with the phases it found', async () => {
    await expect(controller.switch('new')).rejects.toMatchObject({ code: 'NOT_NOW' });
    await expect(controller.complete()).rejects.toMatchObject({ code: 'NOT_NOW' });
    const moveId = await controller.start();
    await sides.backfill(moveId);
    await controller.switch('new', [1]);
    await expect(controller.cancel()).rejects.toMatchObject({
      code: 'NOT_NOW',
      message: expect.stringContaining('roll back'),
    });
    await expect(controller.complete()).rejects.toMatchObject({
      code: 'NOT_NOW',
      message: expect.stringContaining('mirroring'),
    });
  });

  it('names fences that contradict each other, and changes nothing', async () => {
    await controller.start();
    await sides.databases.sessions.query(`update session_fence set state = 'auth', epoch = 2 where bucket = 7`);
    await sides.databases.main.query(`update session_fence set state = 'auth', epoch = 3 where bucket = 7`);
    expect((await controller.phases())[7]).toBe('illegal');
    await expect(controller.switch('new')).rejects.toMatchObject({
      code: 'ILLEGAL_FENCES',
      message: expect.stringContaining('bucket 7'),
    });
    expect([...new Set((await controller.phases()).toSpliced(7, 1))]).toEqual(['mirroring']);
  });

  it.each([1, 2, 3].flatMap((at) => [true, false].map((after) => [at, after ? 'after' : 'before', after] as const)))(
    'is finished by another controller when the first dies at step %i, %s its commit',
    async (at, _, after) => {
      const store = sides.openStore();
      const key = encodeKey(drawSessionKey());
      await sides.backfill(await controller.start());
      await apply(store, create(key, '{}'));
      await expect(dying(sides, at, after).switch('new')).rejects.toThrow('killed');
      expect(await apply(store, update(key, '{"between":1}'))).toMatchObject({ status: 'ok' });
      await controller.switch('new');
      await sides.drain('old');
      expect(await controller.settle()).toEqual([]);
      expect(await dataOf(sides.openStore(), key)).toBe('{"between":1}');
    },
  );

  it.each([1, 2, 3].flatMap((at) => [true, false].map((after) => [at, after ? 'after' : 'before', after] as const)))(
    'is taken back by another controller when the first dies at step %i, %s its commit',
    async (at, _, after) => {
      const store = sides.openStore();
      const key = encodeKey(drawSessionKey());
      await sides.backfill(await controller.start());
      await apply(store, create(key, '{}'));
      await expect(dying(sides, at, after).switch('new')).rejects.toThrow('killed');
      expect(await apply(store, update(key, '{"between":1}'))).toMatchObject({ status: 'ok' });
      await controller.switch('old');
      expect((await controller.phases()).every((phase) => phase === 'mirroring' || phase === 'merging-back')).toBe(
        true,
      );
      expect(await dataOf(store, key)).toBe('{"between":1}');
      expect(await dataOf(sides.openStore(), key)).toBe('{"between":1}');
    },
  );

  it('is not harmed by two controllers at once, whatever each of them wants', async () => {
    const store = sides.openStore();
    const key = encodeKey(drawSessionKey());
    await sides.backfill(await controller.start());
    await apply(store, create(key, '{}'));
    const others = [createMoveController(sides), createMoveController(sides), createMoveController(sides)] as const;
    await Promise.allSettled([others[0].switch('new'), others[1].switch('new'), others[2].switch('old')]);
    expect(await apply(store, update(key, '{"after":1}'))).toMatchObject({ status: 'ok' });
    await controller.switch('new');
    expect(await dataOf(store, key)).toBe('{"after":1}');
    expect((await controller.phases()).includes('illegal')).toBe(false);
  });

  it('does not take for a contradiction what another one has switched between two reads', async () => {
    await sides.backfill(await controller.start());
    let isFirst = true;
    /** The old side is read, then everything is switched, then the new side is read. */
    const late: MoveDatabase = {
      ...sides.new.database,
      query: async (text, values) => {
        if (isFirst) {
          isFirst = false;
          await new Promise((resolve) => setTimeout(resolve, 50));
          await controller.switch('new');
        }
        return sides.new.database.query(text, values);
      },
    };
    const other = createMoveController({ old: sides.old, new: { ...sides.new, database: late } });
    expect(await other.settle()).toEqual([]);
    expect(new Set(await phases())).toEqual(new Set(['moved']));
  });

  it('is not called complete when another controller has begun to take it back, and is completed later', async () => {
    const key = encodeKey(drawSessionKey());
    await apply(sides.openStore(), create(key, '{}'));
    await sides.backfill(await controller.start());
    await controller.switch('new');
    await sides.drain('old');
    expect(await controller.settle()).toEqual([]);
    const late = before(sides.new, () => expect(dying(sides, 1, true).switch('old')).rejects.toThrow('killed'));
    await expect(createMoveController({ old: sides.old, new: late }).complete()).rejects.toMatchObject({
      code: 'NOT_NOW',
      message: expect.stringContaining('took the move back'),
    });
    expect(await phases()).toEqual(['switching']);
    // What the checks of a switch ask for is still there.
    expect((await sides.databases.sessions.query('select from session_move_cursor where done')).rowCount).toBe(256);
    // Some changes may have gone unlisted: there is no way back any more.
    await expect(controller.switch('old')).rejects.toMatchObject({ code: 'NOT_NOW' });
    await controller.switch('new');
    await controller.complete();
    expect(await phases()).toEqual(['complete']);
    expect((await sides.databases.main.query('select from session')).rowCount).toBe(0);
    expect(await dataOf(sides.openStore(), key)).toBe('{}');
  });

  it('is not called cancelled when another controller has switched meanwhile', async () => {
    await sides.backfill(await controller.start());
    const late = before(sides.old, () => controller.switch('new'));
    await expect(createMoveController({ old: late, new: sides.new }).cancel()).rejects.toMatchObject({
      code: 'NOT_NOW',
      message: expect.stringContaining('went on with the move'),
    });
    expect(await phases()).toEqual(['merging']);
  });

  it.each(['old', 'new'] as const)(
    'finishes a switch whose arm was taken back in the moment of its commit point, and then goes to the %s side',
    async (to) => {
      const store = sides.openStore();
      const key = encodeKey(drawSessionKey());
      await sides.backfill(await controller.start());
      await apply(store, create(key, '{}'));
      await controller.switch('new');
      await sides.drain('old');
      await controller.settle();
      // One controller, seeing the old side armed, makes the new one give up; another, seeing the new one serve, disarms.
      await sides.databases.sessions.query(`update session_fence set state = 'gone', epoch = 3`);
      expect(await phases()).toEqual(['switching']);
      await controller.switch(to);
      expect(await apply(store, update(key, '{"after":1}'))).toMatchObject({ status: 'ok' });
      expect(await dataOf(sides.openStore(), key)).toBe('{"after":1}');
      expect((await controller.phases()).every((phase) => phase === (to === 'new' ? 'merging' : 'merging-back'))).toBe(
        true,
      );
    },
  );
});
