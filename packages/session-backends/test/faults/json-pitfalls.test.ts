import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  createSessions,
  encodeKey,
  jsonCodec,
  migratingStore,
  type Session,
  type SessionCodec,
  type SessionKey,
  type SessionStore,
} from '@switchyard/session-backends';
import { create, dataOf, ok, one, touch, update } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';

let databases: TestDatabases;
let json: TestDatabases;
beforeAll(async () => {
  [databases, json] = await Promise.all([openTestDatabases(), openTestDatabases()]);
  await json.main.query('alter table session alter column data type jsonb using data::jsonb');
});
afterAll(() => Promise.all([databases.close(), json.close()]));

/** What everybody else uses. */
const plainJson: SessionCodec = {
  encode: (values) => JSON.stringify(values),
  decode: (text) => JSON.parse(text) as Record<string, unknown>,
};

const sessionsWith = (codec: SessionCodec) => createSessions({ store: databaseStore(databases.main), codec });

const rowOf = async (key: string): Promise<string | undefined> => {
  const { rows } = await databases.main.query<{ data: string }>('select data from session where session_key = $1', [
    encodeKey(key as SessionKey),
  ]);
  return rows[0]?.data;
};

/** A session whose row another program has written. */
async function written(
  data: string,
  codec: SessionCodec,
): Promise<{ open: () => Session; row: () => Promise<string | undefined> }> {
  const sessions = sessionsWith(codec);
  const { sessionKey } = await saved(sessions.open(), { a: 1 });
  await databases.main.query('update session set data = $2, version = version + 1 where session_key = $1', [
    encodeKey(sessionKey as SessionKey),
    data,
  ]);
  return { open: () => sessions.open(sessionKey), row: () => rowOf(String(sessionKey)) };
}

async function saved(session: Session, values: Record<string, unknown>): Promise<Session> {
  await session.update(values);
  await session.save();
  return session;
}

/** Saves a value and reads it again. */
async function andBack(value: unknown, codec: SessionCodec): Promise<unknown> {
  const { sessionKey } = await saved(sessionsWith(codec).open(), { value });
  return sessionsWith(codec).open(sessionKey).get('value');
}

describe('session data that JSON has pitfalls for', () => {
  it.each([
    ['spelled out', '{"basket":{"__proto__":{"admin":true},"apple":1}}'],
    ['spelled with escapes', '{"basket":{"\\u005f_proto__":{"admin":true},"apple":1}}'],
  ])('__proto__ %s gives nothing to what the basket is copied to, and does with JSON.parse', async (_name, data) => {
    const copied = async (codec: SessionCodec): Promise<unknown> => {
      const basket = await (await written(data, codec)).open().get('basket');
      return Object.assign({}, basket as { admin?: boolean }).admin;
    };
    expect(await copied(jsonCodec)).toBeUndefined();
    expect(await copied(plainJson)).toBe(true);
  });

  it.each([
    ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['NaN', Number.NaN, null],
    ['a Map', new Map([['a', 1]]), {}],
  ])(
    '%s is refused before anything is written, and with JSON.stringify comes back as something else',
    async (_name, value, back) => {
      await expect(andBack(value, jsonCodec)).rejects.toThrow(TypeError);
      expect(await andBack(value, plainJson)).toEqual(back);
    },
  );

  it.each([
    ['2^53 + 1', '9007199254740993', '9007199254740992'],
    ['-(2^63)+1', '-9223372036854775807', '-9223372036854776000'],
  ])(
    '%s of another program is neither shown rounded nor written back so, and is with JSON.parse',
    async (_name, integer, rounded) => {
      const data = `{"user":${integer},"note":"9007199254740993"}`;
      const careful = await written(data, jsonCodec);
      await expect(careful.open().get('user')).rejects.toMatchObject({ code: 'SESSION_UNDECODABLE' });
      await expect(saved(careful.open(), { a: 2 })).rejects.toMatchObject({ code: 'SESSION_UNDECODABLE' });
      expect(await careful.row()).toBe(data);
      const careless = await written(data, plainJson);
      await saved(careless.open(), { a: 2 });
      expect(await careless.row()).toContain(`"user":${rounded}`);
    },
  );

  it('large numbers that JavaScript writes are read, and so are digits in strings and fractions', async () => {
    const values = {
      id: 123456789012345680000,
      note: '9007199254740993',
      share: 0.1234567890123456,
      most: 2 ** 53,
      huge: 1e300,
    };
    expect(await andBack(values, jsonCodec)).toEqual(values);
  });

  it.each([
    ['U+0000', '\0'],
    ['half of a surrogate pair', '\ud800'],
    ['a letter that is two code units', '🛒'],
  ])('%s comes back', async (_name, text) => {
    expect(await andBack(text, jsonCodec)).toBe(text);
  });
});

/** JSON that PostgreSQL's jsonb does not take at all. */
const REFUSED = ['{"a":"\\u0000"}', '{"a":"\\ud800"}', 'no json'];
/** What comes out of any decoder and encoder as something else. */
const REWRITTEN = ['{"b":1,  "a":[1.0, 1e2],"b":2}', '{"n":9007199254740993,"f":0.1000}', 'no json'];

describe('a row that nobody changes', () => {
  it.each([...REFUSED, ...REWRITTEN.slice(0, 2)])(
    '%j stays byte for byte what it is, and does not in a column of JSON',
    async (data) => {
      const store = databaseStore(databases.main);
      const key = newKey();
      await ok(store, create(key, { data }));
      await ok(store, touch(key));
      expect(await dataOf(store, key)).toBe(data);
      await databaseStore(json.main).apply([create(key, { data })]);
      const { rows } = await json.main.query<{ data: string }>(
        'select data::text as data from session where session_key = $1',
        [key],
      );
      expect(rows[0]?.data).not.toBe(data);
    },
  );

  it.each(REWRITTEN)('%j is copied byte for byte, and would not be if it were decoded on the way', async (data) => {
    const reencoding = (store: SessionStore): SessionStore => ({
      ...store,
      apply: (operations) =>
        store.apply(
          operations.map((operation) =>
            operation.kind === 'copy' && operation.data !== null
              ? { ...operation, data: JSON.stringify(JSON.parse(operation.data)) }
              : operation,
          ),
        ),
    });
    const copied = async (change: (store: SessionStore) => SessionStore): Promise<string | undefined> => {
      const fresh = databaseStore(databases.sessions, 'new');
      const flags = () => ({ migrationFlag: true, newDbRouterFlag: false });
      const store = migratingStore({ old: databaseStore(databases.main), new: change(fresh), flags });
      const key = newKey();
      await ok(store, create(key));
      await one(store, update(key, { data })).catch(() => undefined);
      return dataOf(fresh, key);
    };
    expect(await copied((store) => store)).toBe(data);
    expect(await copied(reencoding)).not.toBe(data);
  });
});
