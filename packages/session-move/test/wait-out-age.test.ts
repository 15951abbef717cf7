import {
  bucketOf,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  type StoredKey,
} from '@switchyard/session-backends';
import { coveredBuckets } from '../src/backfill.ts';
import { createMoveController } from '../src/move-controller.ts';
import { waitOutAge } from '../src/wait-out-age.ts';
import { openTwoSides, type TwoSides } from './support/two-sides.ts';

const LATER = new Date(Date.now() + 3_600_000);

describe('filling the new side by waiting', () => {
  let sides: TwoSides;
  beforeEach(async () => {
    sides = await openTwoSides();
  });
  afterEach(() => sides.databases.close());

  const create = async (key: StoredKey, expiresAt = LATER): Promise<void> => {
    await sides.openStore().apply([{ kind: 'create', key, data: '{}', expiresAt, userId: null, fresh: true }]);
  };

  it('covers a bucket when each of its sessions has been written since the start, or has expired', async () => {
    const first = drawSessionKey();
    const bucket = bucketOf(first);
    const [written, idle, expired, loggedOut] = [first, ...[1, 2, 3].map(() => drawSessionKeyInBucket(bucket))].map(
      (key) => encodeKey(key),
    ) as [StoredKey, StoredKey, StoredKey, StoredKey];
    for (const key of [written, idle, loggedOut]) await create(key);
    await create(expired, new Date(Date.now() - 1_000));
    const store = sides.openStore();
    await store.apply([{ kind: 'destroy', key: loggedOut }]);

    const moveId = await createMoveController(sides).start();
    const look = () => waitOutAge(sides.old, sides.new, bucket, moveId);
    expect(await look()).toEqual({ sessions: 3, until: LATER });
    expect(await coveredBuckets(sides.new.database, moveId)).toEqual(new Set());

    await store.apply([{ kind: 'touch', key: written, expiresAt: LATER }]);
    await sides.drain('old');
    expect(await look()).toMatchObject({ sessions: 2 });

    // A tombstone counts until it expires: its key must not be free at the new side.
    await sides.databases.main.query(
      `update session set expires_at = now() - interval '1 s', version = version + 1 where session_key = $1`,
      [idle],
    );
    expect(await look()).toMatchObject({ sessions: 1 });
    await sides.databases.main.query(
      `update session set expires_at = now() - interval '1 s', version = version + 1 where session_key = $1`,
      [loggedOut],
    );
    expect(await look()).toEqual({ sessions: 0, until: undefined });
    expect(await coveredBuckets(sides.new.database, moveId)).toEqual(new Set([bucket]));
  });
});
