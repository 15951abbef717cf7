import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { memoryDirectory, memoryStore } from '@switchyard/session-backends';
import {
  expressSessionStore,
  type ExpressSessionStore,
  type ExpressSessionStoreOptions,
} from '@switchyard/session-backends/express-session';
import { FaultyStore } from '@switchyard/session-backends/testing';
import session from 'express-session';

const HOUR = 3_600_000;

function open(options: Partial<ExpressSessionStoreOptions> = {}) {
  let ahead = 0;
  const memory = memoryStore({ now: () => Date.now() + ahead });
  const faulty = new FaultyStore(memory);
  const directories = [memoryDirectory(memory.site)];
  const store: ExpressSessionStore & session.Store = expressSessionStore(session, {
    store: faulty,
    directories,
    ...options,
  });
  return { store, faulty, memory, pass: (ms: number) => void (ahead += ms) };
}

/** What a method calls back with. */
const call = <T>(method: (callback: (error: unknown, result?: T) => void) => void): Promise<T | undefined> =>
  new Promise((resolve, reject) => method((error, result) => (error === null ? resolve(result) : reject(error))));

const withCookie = (values: object = {}, expires: unknown = new Date(Date.now() + HOUR)): session.SessionData =>
  ({ cookie: { originalMaxAge: HOUR, expires }, ...values }) as unknown as session.SessionData;

describe('get', () => {
  it('calls back with null for a session that does not exist', async () => {
    const { store } = open();
    expect(await call((done) => store.get('a', done))).toBeNull();
  });

  it('calls back with an error when the store does not answer', async () => {
    const { store, faulty } = open();
    faulty.fault = 'down';
    await expect(call((done) => store.get('a', done))).rejects.toMatchObject({ code: 'SESSION_UNAVAILABLE' });
  });

  it('and set keep what JSON keeps', async () => {
    const { store } = open();
    const values = { text: 'ä 漢字 \u0000 \ud800', none: null, list: [null, { deep: { er: [] } }], number: -0.5 };
    await call((done) => store.set('a', withCookie(values), done));
    expect(await call((done) => store.get('a', done))).toMatchObject(values);
  });
});

describe('set', () => {
  it.each([
    ['null', null],
    ['false', false],
    ['nothing', undefined],
    ['an invalid Date', new Date(Number.NaN)],
    ['nonsense', 'tomorrow'],
  ])('takes a cookie whose expiry is %s, and keeps the session for ttlMs', async (_name, expires) => {
    const { store, pass } = open({ ttlMs: HOUR });
    const found = () => call<object | null>((done) => store.get('a', done));
    await call((done) => store.set('a', withCookie({ a: 1 }, expires), done));
    pass(HOUR - 10_000);
    expect(await found()).toMatchObject({ a: 1 });
    pass(20_000);
    expect(await found()).toBeNull();
  });

  it('of a session that is gone calls back without an error, tells and counts', async () => {
    const counted = jest.fn();
    const { store } = open({ onEvent: counted });
    const told = jest.fn();
    store.on('gone', told);
    await call((done) => store.set('a', withCookie(), done));
    await call((done) => store.destroy('a', done));
    await call((done) => store.set('a', withCookie({ a: 1 }), done));
    expect(await call((done) => store.get('a', done))).toBeNull();
    expect(told).toHaveBeenCalledTimes(1);
    expect(counted.mock.calls).toEqual([['gone']]);
  });

  it('of a session that is gone is an error where that is asked for', async () => {
    const { store } = open({ gone: 'error' });
    await call((done) => store.destroy('a', done));
    await call((done) => store.set('a', withCookie(), done));
    await call((done) => store.destroy('a', done));
    await expect(call((done) => store.set('a', withCookie(), done))).rejects.toMatchObject({ code: 'SESSION_GONE' });
  });

  it.each([
    ['a cycle', (value: Record<string, unknown>) => (value['self'] = value), TypeError],
    ['a bigint', (value: Record<string, unknown>) => (value['n'] = 1n), TypeError],
  ])('calls back with an error for %s', async (_name, spoil, expected) => {
    const { store } = open();
    const value = withCookie() as unknown as Record<string, unknown>;
    spoil(value);
    await expect(call((done) => store.set('a', value as never, done))).rejects.toThrow(expected);
  });
});

describe('touch', () => {
  it('creates nothing', async () => {
    const { store, memory } = open();
    await call((done) => store.touch('a', withCookie(), done as () => void));
    expect(memory.site.rows.size).toBe(0);
  });

  it('shows in a later get, which has the data as they were', async () => {
    const { store } = open();
    await call((done) => store.set('a', withCookie({ a: 1 }), done));
    const expires = new Date(Date.now() + 5 * HOUR);
    await call((done) => store.touch('a', withCookie({ a: 2 }, expires), done as () => void));
    expect(await call((done) => store.get('a', done))).toMatchObject({
      a: 1,
      cookie: { expires: expires.toISOString() },
    });
  });
});

describe('destroy', () => {
  it('can be repeated, and needs no callback', async () => {
    const { store } = open();
    await call((done) => store.set('a', withCookie(), done));
    store.destroy('a');
    await call((done) => store.destroy('a', done));
    await call((done) => store.destroy('never there', done));
    expect(await call((done) => store.get('a', done))).toBeNull();
  });

  it('that did not happen is an error', async () => {
    const { store, faulty } = open();
    faulty.fault = 'down';
    await expect(call((done) => store.destroy('a', done))).rejects.toMatchObject({ code: 'SESSION_UNAVAILABLE' });
  });
});

describe('all, length and clear', () => {
  const many = async (count: number) => {
    const opened = open();
    const { store } = opened;
    await call((done) => store.set('dead', withCookie(), done));
    await call((done) => store.destroy('dead', done));
    await call((done) => store.set('short', withCookie({}, new Date(Date.now() + 1000)), done));
    opened.pass(2000);
    for (let n = 0; n < count; n++) await call((done) => store.set(`live ${n}`, withCookie({ n }), done));
    return opened;
  };

  it('are of live sessions only', async () => {
    const { store } = await many(3);
    const all = await call<{ n: number }[]>((done) => store.all(done as never));
    expect(all?.map(({ n }) => n).sort()).toEqual([0, 1, 2]);
    expect(await call((done) => store.length(done))).toBe(3);
  });

  it('clear leaves none, however many there are', async () => {
    const { store, faulty } = await many(250);
    const { apply } = faulty.calls;
    await call((done) => store.clear(done));
    expect(await call((done) => store.length(done))).toBe(0);
    expect(faulty.calls.apply - apply).toBe(3);
  });

  it('fail rather than guess: without directories, and when a session cannot be looked at', async () => {
    const { store } = open({ directories: undefined as never });
    await expect(call((done) => store.length(done))).rejects.toThrow('"directories"');
    const other = await many(1);
    other.faulty.fault = 'down';
    await expect(call((done) => other.store.all(done as never))).rejects.toMatchObject({ code: 'SESSION_UNAVAILABLE' });
    await expect(call((done) => other.store.clear(done))).rejects.toMatchObject({ code: 'SESSION_UNAVAILABLE' });
  });
});

it('calls back once, and what the callback throws is the application’s', async () => {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const options = ['--conditions=@switchyard/source', '--import', 'tsx', path.join(here, 'throwing-callbacks.ts')];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(JSON.parse(stdout)).toEqual({ calls: 7, uncaught: 7, rejected: 0 });
});
