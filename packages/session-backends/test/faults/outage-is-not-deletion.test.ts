import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { createSessions, type SessionStore } from '@switchyard/session-backends';
import { webSessions } from '@switchyard/session-backends/web';
import { databaseStore } from '../support/contract-stores.ts';
import { layCable, type Cable } from '../support/redis-process.ts';

let databases: TestDatabases;
let cable: Cable;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  databases = await openTestDatabases();
  const { hostname, port } = new URL(databases.urls.main);
  cable = await layCable(Number(port), hostname);
  pool = createPool(Object.assign(new URL(databases.urls.main), { host: `127.0.0.1:${cable.port}` }).href);
});
afterEach(() => cable.mend());
afterAll(async () => {
  await pool.end();
  await cable.close();
  await databases.close();
});

/** What stores do that have two answers only: there, and not there. */
const outageAsAbsence = (store: SessionStore): SessionStore => ({
  load: async (keys) =>
    (await store.load(keys)).map((result) => (result.status === 'unavailable' ? { status: 'absent' } : result)),
  apply: async (operations) =>
    (await store.apply(operations)).map((result) => (result.status === 'unavailable' ? { status: 'gone' } : result)),
});

type Fate = 'kept' | 'removed' | 'set';

/** A shop behind a cable to its database, with a visitor who has a basket. */
async function shop(change: (store: SessionStore) => SessionStore = (store) => store) {
  const sessions = createSessions<{ basket: string[] }>({ store: change(databaseStore(pool)) });
  const { handle } = webSessions({ sessions });
  const visitor = sessions.open();
  await visitor.update(() => ({ basket: ['apple'] }));
  const cookie = `sessionid=${String(visitor.sessionKey)}`;
  const visit = async (
    act: (session: typeof visitor) => Promise<unknown>,
  ): Promise<{ status: number; cookie: Fate; body: string }> => {
    const request = new Request('http://shop.test/', { headers: { cookie } });
    const response = await handle(request, async (session) => Response.json((await act(session)) ?? null));
    const header = response.headers.get('set-cookie');
    const fate = header === null ? 'kept' : /Max-Age=0|expires=Thu, 01 Jan 1970/i.test(header) ? 'removed' : 'set';
    return { status: response.status, cookie: fate, body: await response.text() };
  };
  return { visitor, visit };
}

const look = (session: { get(name: 'basket'): Promise<unknown> }): Promise<unknown> => session.get('basket');

describe('a visitor whose database cannot be reached', () => {
  it('is told so and keeps the cookie, and finds everything when it is back', async () => {
    const { visit } = await shop();
    cable.cut();
    expect(await visit(look)).toMatchObject({ status: 503, cookie: 'kept' });
    expect(await visit((session) => session.update((data) => void data.basket?.push('pear')))).toMatchObject({
      status: 503,
      cookie: 'kept',
    });
    cable.mend();
    expect(await visit(look)).toEqual({ status: 200, cookie: 'kept', body: '["apple"]' });
  });

  it('is not confused with one who was logged out during the request', async () => {
    const { visit, visitor } = await shop();
    const answer = await visit(async (session) => {
      await look(session);
      await visitor.logout();
      await session.set('basket', ['pear']);
    });
    expect(answer).toMatchObject({ status: 400, cookie: 'kept' });
  });

  it('nor with one whose session is not there', async () => {
    const { visit, visitor } = await shop();
    await visitor.logout();
    expect(await visit(look)).toEqual({ status: 200, cookie: 'removed', body: 'null' });
  });

  it('loses the cookie, and is told that the session was deleted, where an outage counts as absence', async () => {
    const { visit } = await shop(outageAsAbsence);
    cable.cut();
    expect(await visit(look)).toEqual({ status: 200, cookie: 'removed', body: 'null' });
    cable.mend();
    const answer = await visit(async (session) => {
      await look(session);
      cable.cut();
      await session.set('basket', ['pear']);
    });
    expect(answer.status).toBe(400);
  });
});
