import {
  createSessions,
  drawSessionKey,
  encodeKey,
  memoryStore,
  migratingStore,
  type SessionStore,
} from '@switchyard/session-backends';
import { djangoCodec } from '@switchyard/session-backends/foreign';
import { FLAGS } from '../support/contract-stores.ts';

const codec = djangoCodec({ secretKeys: ['the secret'] });
const signed = codec.encode({ basket: { tea: 1 } });

describe.each(Object.entries(FLAGS))('a session of Django’s during a move, %s', (_, flags) => {
  it.each([
    ['whose signature is wrong', `${signed.slice(0, -1)}${signed.endsWith('A') ? 'B' : 'A'}`],
    ['that another secret has signed', djangoCodec({ secretKeys: ['another'] }).encode({ basket: {} })],
    ['that is cut off', signed.slice(0, 20)],
  ])('%s is refused by either side, and written over on neither', async (__, data) => {
    const sides = [memoryStore(), memoryStore()] as const;
    const key = drawSessionKey();
    const stored = encodeKey(key);
    const expiresAt = new Date(Date.now() + 60_000);
    const copy = { kind: 'copy', key: stored, data, expiresAt, version: 2 ** 40 + 5, userId: null } as const;
    for (const side of sides) await side.apply([copy]);
    const store = migratingStore({ old: sides[0], new: sides[1], flags: () => flags });
    const events: string[] = [];
    const open = (at: SessionStore) =>
      createSessions({ store: at, codec, onEvent: (event) => events.push(event) }).open(key);
    for (const act of [
      () => open(store).get('basket'),
      () => open(store).update((values) => ({ ...values, basket: {} })),
      async () => {
        const session = open(store);
        await session.clear();
        await session.save();
      },
      () => open(store).cycleKey(),
    ])
      await expect(act()).rejects.toMatchObject({ code: 'SESSION_UNDECODABLE', status: 500 });
    for (const { site } of sides)
      expect([...site.rows]).toEqual([[stored, { data, expiresAt, version: copy.version, userId: null }]]);
    expect(new Set(events)).toEqual(new Set(['undecodable']));
  });
});
