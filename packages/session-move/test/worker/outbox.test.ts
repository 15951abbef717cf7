import { versionOf } from '@switchyard/session-backends/fence';
import { createMoveController } from '../../src/move-controller.ts';
import { drain, drainBatch } from '../../src/outbox.ts';
import { drainAll } from '../../src/worker/drain-all.ts';
import { flip } from '../support/flip.ts';
import { storedKeyIn } from '../support/stored-keys.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

describe('the drain', () => {
  let sides: TwoSides;
  beforeEach(async () => {
    sides = await openTwoSides();
    await createMoveController(sides).start();
  });
  afterEach(() => sides.databases.close());

  const write = async (key: string, bucket: number, more: { expires?: string; data?: string } = {}): Promise<void> => {
    await sides.databases.main.query(
      `with s as (insert into session (session_key, data, expires_at) values ($1, $3, now() + $4::interval) returning version)
       insert into session_outbox (session_key, bucket, version) select $1, $2, version from s`,
      [key, bucket, more.data ?? '{}', more.expires ?? '1 day'],
    );
  };
  const waiting = async (): Promise<string[]> =>
    (await sides.databases.main.query('select session_key from session_outbox order by 1')).rows.map(
      (row) => row['session_key'] as string,
    );
  const carried = async (): Promise<string[]> =>
    (await sides.databases.sessions.query('select session_key from session order by 1')).rows.map(
      (row) => row['session_key'] as string,
    );

  it('keeps what is refused, and lets nothing wait behind it', async () => {
    const [lost, fine] = [
      [storedKeyIn(1), storedKeyIn(1), storedKeyIn(1)].sort(),
      [storedKeyIn(2), storedKeyIn(2)].sort(),
    ];
    for (const key of lost) await write(key, 1);
    for (const key of fine) await write(key, 2);
    // What a database looks like that was restored from an older backup.
    await flip(sides.new.database, [1], () => ({ floor: versionOf(2, 0) }));
    expect(await drain(sides.old, sides.new, { batch: 1 })).toEqual({ copied: 5 + 3, cleared: 2, refused: 3 });
    expect(await waiting()).toEqual(lost);
    expect(await carried()).toEqual(fine);
    await expect(drainAll(sides)).rejects.toMatchObject({
      code: 'LOST_AT_DESTINATION',
      message: expect.stringContaining('3 rows'),
    });
    await flip(sides.new.database, [1], () => ({ floor: 0 }));
    expect(await drainAll(sides)).toBe(3);
    expect(await waiting()).toEqual([]);
  });

  it('clears the entry of a row that has expired, and carries it all the same: an older one may be there', async () => {
    const key = storedKeyIn(1);
    await sides.databases.sessions.query(
      `insert into session (session_key, data, expires_at, version) values ($1, '{}', now() + interval '1 day', $2)`,
      [key, versionOf(1, 1)],
    );
    await sides.databases.main.query(
      `with s as (insert into session (session_key, data, expires_at, version) values ($1, '{}', now() - interval '1 s', $2))
       insert into session_outbox (session_key, bucket, version) values ($1, 1, $2)`,
      [key, versionOf(1, 2)],
    );
    expect(await drainAll(sides)).toBe(1);
    expect(await waiting()).toEqual([]);
    const { rows } = await sides.databases.sessions.query('select from session where expires_at > now()');
    expect(rows).toEqual([]);
  });

  it('sends no more at once than it was told, in rows or in bytes', async () => {
    for (let i = 0; i < 6; i++) await write(storedKeyIn(1), 1, { data: 'x'.repeat(1_000) });
    const first = await drainBatch(sides.old, sides.new, { batchBytes: 2_500 });
    expect(first).toMatchObject({ copied: 3, cleared: 3 });
    expect(first.next).toBeDefined();
    const second = await drainBatch(sides.old, sides.new, { batch: 2 }, first.next);
    expect(second).toMatchObject({ copied: 2, cleared: 2 });
    expect(await drainBatch(sides.old, sides.new, { batch: 2 }, second.next)).toMatchObject({
      copied: 1,
      next: undefined,
    });
  });

  it('ends between two batches when it is told to', async () => {
    for (let i = 0; i < 5; i++) await write(storedKeyIn(1), 1);
    let batches = 0;
    await drain(sides.old, sides.new, { batch: 1, goOn: () => batches++ < 2 });
    expect(await waiting()).toHaveLength(3);
  });
});
