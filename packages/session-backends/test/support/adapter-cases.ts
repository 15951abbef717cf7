import { openTestDatabases } from '@switchyard/databases/testing';
import supertest from 'supertest';
import { cookiesOf, type Adapter, type openShop, type Outcome } from './adapter-shop.ts';
import { databaseStore } from './contract-stores.ts';

type Shop = Awaited<ReturnType<typeof openShop>>;

interface Situation {
  readonly before?: (shop: Shop) => void;
  /** Between the request's look at the session and its change. */
  readonly during?: (shop: Shop) => void;
  readonly request: 'GET /show' | 'POST /add/second' | 'POST /logout' | `POST /add/huge?text=${string}`;
}

/** What can happen to a request with a good cookie, by name. */
export const SITUATIONS = {
  'nothing: load': { request: 'GET /show' },
  'nothing: save': { request: 'POST /add/second' },
  'absent: load': { request: 'GET /show', before: ({ destroyAll }) => destroyAll() },
  'absent: save': { request: 'POST /add/second', before: ({ destroyAll }) => destroyAll() },
  'gone: save': { request: 'POST /add/second', during: ({ destroyAll }) => destroyAll() },
  'undecodable: load': { request: 'GET /show', before: ({ spoilAll }) => spoilAll() },
  'undecodable: save': { request: 'POST /add/second', during: ({ spoilAll }) => spoilAll() },
  'unavailable: load': { request: 'GET /show', before: ({ store }) => void (store.fault = 'down') },
  'unavailable: save': { request: 'POST /add/second', during: ({ store }) => void (store.fault = 'down') },
  'unavailable: destroy': { request: 'POST /logout', before: ({ store }) => downAfterLoad(store) },
  'answer lost: save': { request: 'POST /add/second', during: ({ store }) => void (store.fault = 'loses answers') },
  'too large: save': { request: `POST /add/huge?text=${'x'.repeat(3000)}` },
} as const satisfies Record<string, Situation>;

export type SituationName = keyof typeof SITUATIONS;

function downAfterLoad(store: Shop['store']): void {
  const { load } = store;
  store.load = async (keys) => {
    const answer = await load.call(store, keys);
    store.load = load;
    store.fault = 'down';
    return answer;
  };
}

/** Puts a visitor into the situation; afterwards the store is well again. */
export async function meet(shop: Shop, name: SituationName): Promise<Outcome & { cookies: string; retry?: string }> {
  const situation: Situation = SITUATIONS[name];
  const cookies = await shop.visitor();
  situation.before?.(shop);
  shop.hooks.during = async () => situation.during?.(shop);
  const [method, path] = situation.request.split(' ') as ['GET' | 'POST', string];
  const response = await shop.agent[method === 'GET' ? 'get' : 'post'](path).set('Cookie', cookies);
  shop.store.fault = 'none';
  shop.hooks.during = async () => undefined;
  const retry = response.headers['retry-after'];
  return { ...shop.outcome(response, cookies), cookies, ...(retry !== undefined && { retry }) };
}

/** Adds a line in each of `count` requests at once, spread over two processes with one database. Returns the lines. */
export async function addAtOnce(adapter: Adapter, count: number): Promise<string[]> {
  const databases = await openTestDatabases();
  try {
    const open = async (): Promise<ReturnType<typeof supertest>> =>
      supertest(
        await adapter.open({
          store: databaseStore(databases.main),
          // All have loaded before the first one saves.
          during: () => everybody.arrive(),
          onEvent: () => undefined,
        }),
      );
    const everybody = meeting();
    const agents = await Promise.all([open(), open()]);
    const agent = (n: number): ReturnType<typeof supertest> => agents[n % 2] as ReturnType<typeof supertest>;
    everybody.expect(1);
    const cookies = cookiesOf(await agent(0).post('/add/first').expect(204));
    everybody.expect(count);
    await Promise.all(
      Array.from({ length: count }, (_, n) => agent(n).post(`/add/line-${n}`).set('Cookie', cookies).expect(204)),
    );
    const { body } = await agent(0).get('/show').set('Cookie', cookies).expect(200);
    return Object.keys(body as object);
  } finally {
    await databases.close();
  }
}

function meeting() {
  let missing = 0;
  let go = (): void => undefined;
  let all = Promise.resolve();
  return {
    expect: (count: number): void => {
      missing = count;
      all = new Promise((resolve) => (go = resolve));
    },
    arrive: (): Promise<void> => {
      if (--missing === 0) go();
      return all;
    },
  };
}
