import { bucketOfStored, drawSessionKey, encodeKey, type StoredKey } from '@switchyard/session-backends';
import { createMoveController } from '../../src/move-controller.ts';
import { explainSession } from '../../src/operator/explain-session.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

const SECRET = '{"basket":"a secret"}';

describe('explaining where a session lives', () => {
  let sides: TwoSides;
  let key: StoredKey;
  beforeEach(async () => {
    sides = await openTwoSides();
    key = encodeKey(drawSessionKey());
    await sides
      .openStore()
      .apply([
        { kind: 'create', key, data: SECRET, expiresAt: new Date(Date.now() + 3_600_000), userId: null, fresh: true },
      ]);
  });
  afterEach(() => sides.databases.close());

  it('names the side that serves it before, during and after a move', async () => {
    const controller = createMoveController(sides);
    expect(await explainSession(sides, key)).toMatchObject({ phase: 'off', answer: 'found', from: 'old' });

    const moveId = await controller.start();
    expect(await explainSession(sides, key)).toMatchObject({ phase: 'mirroring', answer: 'found', from: 'old' });

    await controller.switch('new');
    const merging = await explainSession(sides, key);
    expect(merging).toMatchObject({ phase: 'merging', answer: 'found', from: 'old', new: { row: undefined } });
    expect(merging.because).toContain('It still looks at the old side for what it has no row of its own epoch of.');

    await sides.backfill(moveId);
    await sides.drain('old');
    await controller.settle();
    expect(await explainSession(sides, key)).toMatchObject({ phase: 'moved', answer: 'found', from: 'new' });

    await sides.openStore().apply([{ kind: 'destroy', key }]);
    const destroyed = await explainSession(sides, key);
    expect(destroyed).toMatchObject({ answer: 'absent', from: undefined, new: { row: { state: 'destroyed' } } });
    expect(destroyed.because.at(-1)).toBe('The new side has a tombstone, written in epoch 2.');
  });

  it('finds a session by the first eight characters, and shows neither its key nor its data', async () => {
    const explained = await explainSession(sides, key.slice(0, 8));
    expect(explained).toMatchObject({ key: key.slice(0, 8), bucket: bucketOfStored(key), answer: 'found' });
    expect(JSON.stringify(explained)).not.toContain(key.slice(8));
    expect(JSON.stringify(explained)).not.toContain('basket');
  });

  it.each(['', 'abc', '0123456', "'; drop table session", 'ABCDEF0123', '0'.repeat(64)])(
    'says that %p is no stored key',
    async (given) => {
      await expect(explainSession(sides, given)).rejects.toMatchObject({ code: 'KEY_UNKNOWN' });
    },
  );

  it('asks for more when two begin alike', async () => {
    const twin = `${key.slice(0, 10)}${'f'.repeat(54)}`;
    await sides.databases.main.query(
      `insert into session (session_key, data, expires_at) values ($1, '{}', now() + interval '1 hour')`,
      [twin],
    );
    await expect(explainSession(sides, key.slice(0, 8))).rejects.toThrow('give more of it');
    expect(await explainSession(sides, key.slice(0, 20))).toMatchObject({ answer: 'found' });
  });
});
