import assert from 'node:assert/strict';
import { assertEmpty, contents, refused, type SessionsCases } from './sessions-world.ts';
import { drawSessionKey } from '../keys.ts';

/** Values, saves, what two requests do at once. */
export const SESSIONS_VALUE_CASES: SessionsCases = {
  'what was saved is found by another process, just as it was': async ({ sessions, again }) => {
    const values = {
      text: 'ünïcode "quotes" \\ \n \u2028',
      number: -0.5,
      none: null,
      list: [1, [2], { three: 3 }],
      deep: { er: { empty: {} } },
      yes: true,
    };
    const session = sessions.open();
    for (const [name, value] of Object.entries(values)) await session.set(name, value);
    assert.equal(session.unsaved, true);
    await session.save();
    assert.equal(session.unsaved, false);
    assert.deepEqual(await contents(again(session)), values);
  },

  'each call does what its name says': async ({ saved, again }) => {
    const session = await saved({ a: 1, b: 2, c: 3 });
    assert.equal(await session.isEmpty(), false, 'a session is not empty while it has a key');
    assert.deepEqual([await session.has('a'), await session.has('none')], [true, false]);
    assert.deepEqual([await session.get('none'), await session.get('none', 0)], [undefined, 0]);
    assert.deepEqual([await session.pop('a'), await session.pop('a', 'gone')], [1, 'gone']);
    assert.deepEqual([await session.setDefault('b', 9), await session.setDefault('d', 4)], [2, 4]);
    await session.delete('c');
    await session.update({ e: 5, b: 6 });
    assert.deepEqual(
      [await session.keys(), await session.values()],
      [
        ['b', 'd', 'e'],
        [6, 4, 5],
      ],
    );
    await session.save();
    assert.deepEqual(await contents(again(session)), { b: 6, d: 4, e: 5 });
  },

  'clear keeps the key, and the next save replaces everything': async ({ saved, again }) => {
    const session = await saved({ a: 1, b: 2 });
    const { sessionKey } = session;
    await session.clear();
    await session.set('c', 3);
    await session.save();
    assert.equal(session.sessionKey, sessionKey);
    assert.deepEqual(await contents(again(session)), { c: 3 });
  },

  'an unknown key is an empty session, its key is dropped, and nothing is written': async ({ sessions, other }) => {
    const unknown = drawSessionKey();
    const session = sessions.open(unknown);
    await assertEmpty(session, 'a session of an unknown key');
    await session.save();
    await assertEmpty(other.open(unknown), 'a session of an unknown key');
    for (const none of [undefined, null, '', 'short', 'NOT/A/KEY', 7]) await assertEmpty(sessions.open(none), 'no key');
  },

  'an unknown key is never taken over: the browser cannot choose one': async ({ sessions, other, again }) => {
    const unknown = drawSessionKey();
    for (const write of ['save', 'update', 'clear'] as const) {
      const session = sessions.open(unknown);
      if (write === 'clear') await session.clear();
      if (write === 'update') await session.update(() => ({ a: 1 }));
      else await session.set('a', 1);
      if (write !== 'update') await session.save();
      assert.notEqual(session.sessionKey, unknown);
      assert.match(session.sessionKey ?? '', /^[a-z0-9]{32}$/);
      assert.deepEqual(await contents(again(session)), { a: 1 });
      await assertEmpty(other.open(unknown), 'a session of an unknown key');
    }
  },

  'update(fn) is done when it resolves, together with what was set before': async ({ sessions, again }) => {
    const session = sessions.open();
    await session.set('a', 1);
    await session.update((data) => ({ ...data, b: 2 }));
    assert.deepEqual([session.unsaved, await contents(again(session))], [false, { a: 1, b: 2 }]);
    await session.update((data) => void delete data['a']);
    assert.deepEqual(await contents(again(session)), { b: 2 });
  },

  'update(fn) that throws leaves nothing of itself': async ({ saved, again }) => {
    const session = await saved({ list: [1] });
    const thrown = new Error('thrown in update');
    const update = session.update((data) => {
      (data['list'] as number[]).push(2);
      data['a'] = 1;
      throw thrown;
    });
    await assert.rejects(update, (error: unknown) => error === thrown);
    assert.deepEqual(await contents(session), { list: [1] });
    assert.deepEqual(await contents(again(session)), { list: [1] });
  },

  'update(fn) loses nothing of what many requests do at once': async ({ saved, sessions, other, again, lacks }) => {
    const session = await saved({ basket: {} });
    const names = Array.from({ length: 16 }, (_, i) => `p${i}`);
    const requests = names.map((_name, i) => (i % 2 === 0 ? sessions : other).open(session.cookieValue));
    await Promise.all(
      requests.map((request, i) =>
        request.update((data) => {
          data['basket'] = { ...(data['basket'] as object), [names[i] as string]: i };
        }),
      ),
    );
    for (const [i, request] of requests.entries()) {
      const basket = (await again(request).get('basket')) as object;
      if (lacks('versions')) assert.deepEqual(basket, { [names[i] as string]: i });
      else assert.deepEqual(Object.keys(basket).toSorted(), names.toSorted());
    }
  },

  'of two requests that change different values, both count': async ({ saved, again, lacks }) => {
    const session = await saved({ basket: { p1: 1 }, theme: 'dark' });
    const [one, two] = [again(session), again(session)];
    await one.set('basket', { p1: 1, p2: 1 });
    await two.set('basket', { p1: 1, p3: 1 });
    await two.delete('theme');
    await one.save();
    await two.save();
    assert.deepEqual(
      await contents(again(two)),
      lacks('versions') ? { basket: { p1: 1, p3: 1 } } : { basket: { p1: 1, p2: 1, p3: 1 } },
    );
  },

  'two requests that change the same value are in conflict': async ({ saved, again, lacks }) => {
    const session = await saved({ n: 1 });
    const [one, two] = [again(session), again(session)];
    await one.set('n', 2);
    await two.set('n', 3);
    await one.save();
    if (lacks('versions')) await two.save();
    else await refused(two.save(), 'SESSION_CONFLICT');
    assert.equal(await again(one).get('n'), 2);
  },

  'a failure is an error, never an empty session, and the cookie stays': async ({ saved, sessions, fail, lacks }) => {
    if (lacks('failure')) return void assert.equal(fail, undefined);
    assert.ok(fail, 'the test of these sessions has to be able to make them fail');
    const loaded = await saved();
    const { cookieValue } = loaded;
    await loaded.set('a', 2);
    await fail();
    await refused(loaded.save(), 'SESSION_UNAVAILABLE', 'SESSION_UNKNOWN_OUTCOME');
    await refused(loaded.flush(), 'SESSION_UNAVAILABLE', 'SESSION_UNKNOWN_OUTCOME');
    const session = sessions.open(cookieValue);
    await refused(session.get('a'), 'SESSION_UNAVAILABLE');
    const update = session.update(() => ({}));
    await refused(update, 'SESSION_UNAVAILABLE');
    assert.deepEqual([session.empty, session.cookieValue, loaded.cookieValue], [false, cookieValue, cookieValue]);
  },
};
