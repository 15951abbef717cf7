import assert from 'node:assert/strict';
import type { Session } from '../session/session.ts';
import { assertEmpty, contents, refused, type SessionsCases, type SessionsWorld } from './sessions-world.ts';

const TWO_WEEKS_S = 1_209_600;

/** Keys, logins, logouts, expiry. */
export const SESSIONS_LIFE_CASES: SessionsCases = {
  'cycleKey gives it a fresh key, and the old one is dead': async ({ saved, other, again, lacks }) => {
    const session = await saved();
    const { sessionKey, cookieValue } = session;
    await session.set('b', 2);
    await session.cycleKey();
    assert.notEqual(session.sessionKey, sessionKey);
    assert.notEqual(session.cookieValue, cookieValue);
    assert.deepEqual(await contents(again(session)), { a: 1, b: 2 });
    const old = other.open(cookieValue);
    if (lacks('revocation')) assert.deepEqual(await contents(old), { a: 1 });
    else await assertEmpty(old, 'a session of an old key');
  },

  'flush destroys it and forgets its key; what is set then belongs to a new one': async (world) => {
    const { saved, other, again, lacks } = world;
    const session = await saved();
    const { sessionKey, cookieValue } = session;
    await session.flush();
    await assertEmpty(session, 'a session that was flushed');
    assert.equal(session.cookieValue, undefined);
    await session.set('b', 2);
    await session.save();
    assert.notEqual(session.sessionKey, sessionKey);
    assert.deepEqual(await contents(again(session)), { b: 2 });
    const copy = other.open(cookieValue);
    if (lacks('revocation')) assert.deepEqual(await contents(copy), { a: 1 });
    else await assertEmpty(copy, 'a session that was flushed');
  },

  'nothing that comes after a logout elsewhere brings it back': async ({ saved, again, lacks }) => {
    const session = await saved();
    const late: ((request: Session) => Promise<void>)[] = [
      (request) => request.save(),
      (request) => request.update(() => ({ c: 3 })),
      (request) => request.cycleKey(),
      (request) => request.login('ann'),
    ];
    const requests = late.map((act) => ({ request: again(session), act }));
    for (const { request } of requests) await request.set('b', 2);
    await again(session).logout();
    for (const { request, act } of requests) {
      if (lacks('revocation')) await act(request);
      else await refused(act(request), 'SESSION_GONE');
      assert.equal((await again(request).keys()).length > 0, lacks('revocation'), 'it is back');
    }
    assert.deepEqual(await contents(again(session)), lacks('revocation') ? { a: 1 } : {});
  },

  'login keeps what a visitor had, under a fresh key': async ({ saved, again }) => {
    const session = await saved();
    const { sessionKey } = session;
    assert.equal(await session.getUserId(), null);
    await session.login('ann', { authHash: 'h1' });
    assert.notEqual(session.sessionKey, sessionKey);
    const found = again(session);
    assert.deepEqual([await found.getUserId(), await found.getAuthHash()], ['ann', 'h1']);
    assert.deepEqual(await contents(found), { a: 1 });
  },

  'login of the same user keeps the session; another user, or another auth hash, gets an empty one': async (world) => {
    const { saved, other, again, lacks } = world;
    for (const [userId, authHash, keeps] of [
      ['ann', 'h1', true],
      ['ann', undefined, true],
      ['bob', 'h1', false],
      ['ann', 'h2', false],
    ] as const) {
      const session = await saved();
      await session.login('ann', { authHash: 'h1' });
      const { cookieValue, sessionKey } = session;
      const second = again(session);
      await second.login(userId, authHash === undefined ? {} : { authHash });
      assert.notEqual(second.sessionKey, sessionKey);
      assert.deepEqual(await contents(again(second)), keeps ? { a: 1 } : {}, `login of ${userId} with ${authHash}`);
      assert.equal(await again(second).getUserId(), userId);
      assert.equal(await other.open(cookieValue).getUserId(), lacks('revocation') ? 'ann' : null);
    }
  },

  'logout forgets the user; the next login starts from nothing': async ({ saved, again }) => {
    const session = await saved();
    await session.login('ann');
    await session.logout();
    await assertEmpty(session, 'a session that was logged out');
    assert.equal(await session.getUserId(), null);
    await session.login('bob');
    assert.deepEqual([await again(session).getUserId(), await contents(again(session))], ['bob', {}]);
  },

  'it lives for two weeks, or as setExpiry says, and remembers that': async ({ saved, again }) => {
    const session = await saved();
    const near = async (expected: number): Promise<void> => {
      const age = await again(session).getExpiryAge();
      assert.ok(age <= expected && age > expected - 60, `an age of ${expected} s, not of ${age}`);
      const ms = (await again(session).getExpiryDate()).getTime() - Date.now();
      assert.ok(Math.abs(ms - expected * 1000) < 60_000, `an expiry in ${expected} s, not in ${ms} ms`);
    };
    const set = async (expiry: number | Date | undefined): Promise<boolean> => {
      await session.setExpiry(expiry);
      await session.save();
      return again(session).getExpireAtBrowserClose();
    };
    await near(TWO_WEEKS_S);
    assert.equal(await set(600), false);
    await near(600);
    assert.equal(await set(new Date(Date.now() + 900_000)), false);
    await near(900);
    assert.equal(await set(0), true, '0 ends it with the browser');
    await near(TWO_WEEKS_S);
    assert.equal(await set(undefined), false);
    await near(TWO_WEEKS_S);
    assert.deepEqual(await contents(again(session)), { a: 1 }, 'an expiry is not one of the values');
  },

  'an expiry that has passed ends it': async ({ saved, again }) => {
    const session = await saved();
    await session.setExpiry(new Date(Date.now() - 1000));
    await session.save();
    await assertEmpty(again(session), 'a session that has expired');
  },
};

/** How long the sessions of these cases live: longer than a step, shorter than two. */
export const SHORT_LIFE_MS = 1500;
const STEP_MS = 800;
const TRIES = 5;

export const SESSIONS_EXPIRY_CASES: SessionsCases = {
  'its life begins anew with each change and each touch, and ends by itself': async (world) => {
    // On a machine that is too slow more time passes than is meant to, which says nothing about the sessions.
    for (let tries = 0; tries < TRIES; tries++) if (await wasInTime(world)) return;
    assert.fail(`each of ${TRIES} times more than ${SHORT_LIFE_MS - STEP_MS} ms passed between two calls`);
  },
};

async function wasInTime({ saved, again, pass }: SessionsWorld): Promise<boolean> {
  let renewed = Date.now();
  const isLate = (): boolean => Date.now() - renewed >= SHORT_LIFE_MS;
  const session = await saved();

  await pass(STEP_MS);
  let now = Date.now();
  const changed = again(session);
  await changed.update((data) => void (data['b'] = 2));
  if (isLate()) return false;
  renewed = now;

  await pass(STEP_MS);
  now = Date.now();
  const touched = again(changed);
  const afterChange = await contents(touched);
  await touched.touch();
  if (isLate()) return false;
  assert.deepEqual(afterChange, { a: 1, b: 2 }, 'a change renews it');
  renewed = now;

  await pass(STEP_MS);
  const afterTouch = await contents(again(touched));
  if (isLate()) return false;
  assert.deepEqual(afterTouch, { a: 1, b: 2 }, 'a touch renews it');

  await pass(STEP_MS);
  await assertEmpty(again(touched), 'a session that has expired');
  return true;
}
