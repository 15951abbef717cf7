import { inspect } from 'node:util';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  createSessions,
  encodeKey,
  jsonCodec,
  type Session,
  type SessionCodec,
  type SessionEvent,
} from '@switchyard/session-backends';
import { databaseStore } from '../support/contract-stores.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

/** What stores do that would rather show an empty session than an error. */
const emptyInstead: SessionCodec = {
  encode: jsonCodec.encode,
  decode: (text) => {
    try {
      return jsonCodec.decode(text);
    } catch {
      return {};
    }
  },
};

const SPOILED = '{"card":"4111 1111","basket":{"apple":';

/** A session whose row cannot be decoded any more. */
async function spoiled(codec: SessionCodec) {
  const events: SessionEvent[] = [];
  const sessions = createSessions({
    store: databaseStore(databases.main),
    codec,
    onEvent: (event) => void events.push(event),
  });
  const session = sessions.open();
  await session.update(() => ({ basket: { apple: 1 } }));
  const where = [encodeKey(session.sessionKey as NonNullable<typeof session.sessionKey>)];
  await databases.main.query(
    `update session set data = '${SPOILED}', version = version + 1 where session_key = $1`,
    where,
  );
  const data = async (): Promise<unknown> =>
    (await databases.main.query<{ data: string }>('select data from session where session_key = $1', where)).rows[0]
      ?.data;
  return { open: () => sessions.open(session.sessionKey), data, events };
}

const WRITES: Readonly<Record<string, (session: Session) => Promise<void>>> = {
  'set and save': async (session) => {
    await session.set('a', 1);
    await session.save();
  },
  update: (session) => session.update((data) => ({ ...data, a: 1 })),
  'clear and save': async (session) => {
    await session.clear();
    await session.save();
  },
  cycleKey: (session) => session.cycleKey(),
  login: (session) => session.login('ada'),
};

describe('a session that cannot be decoded', () => {
  it.each(Object.entries(WRITES))(
    'is left as it is by %s, and wiped where it is read as empty',
    async (_name, write) => {
      const { open, data, events } = await spoiled(jsonCodec);
      await expect(write(open())).rejects.toMatchObject({ code: 'SESSION_UNDECODABLE', status: 500 });
      expect(await data()).toBe(SPOILED);
      expect(events).toEqual(['undecodable']);
      const careless = await spoiled(emptyInstead);
      await write(careless.open());
      expect(await careless.data()).not.toBe(SPOILED);
    },
  );

  it('does not show itself in the error, and can be discarded', async () => {
    const { open, data } = await spoiled(jsonCodec);
    const error: unknown = await open()
      .get('basket')
      .catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/4111|apple|basket/);
    await open().flush();
    expect(await data()).toBeNull();
  });
});
