import { byModel, createRoutedClient, flagged, type Hints, type RequestContext } from '@switchyard/router';
import { createRequestPins } from '../src/request-pins.ts';
import { openClients, type TestClients } from './support/open-clients.ts';
import { seed } from './support/shop.ts';

let clients: TestClients;
let close: () => Promise<void>;
beforeAll(async () => ({ clients, close } = await openClients()));
beforeEach(() => seed(clients));
afterAll(() => close());

/** A flag that is flipped each time it is read. */
function flipping(): { read: (flag: string) => boolean; reads: () => number } {
  let reads = 0;
  return { read: () => reads++ % 2 === 1, reads: () => reads };
}

const routed = (read: (flag: string) => boolean) =>
  createRoutedClient({
    clients,
    default: 'main',
    routers: [flagged({ flag: 'new_db_router_flag', read, on: byModel({ product: 'other' }) })],
  });
type Db = ReturnType<typeof routed>;

const three = async (db: Db): Promise<string> => {
  const names = [await db.product.findFirst(), await db.product.findFirst(), await db.product.findFirst()];
  return names.map((row) => row?.name).join(' ');
};

describe('a flag', () => {
  it('is read for each operation outside of a request', async () => {
    expect(await three(routed(flipping().read))).toBe('main other main');
  });

  it.each<[what: string, context: RequestContext, names: string]>([
    ['has the value that the request was given: on', { flags: { new_db_router_flag: true } }, 'other other other'],
    ['has the value that the request was given: off', { flags: { new_db_router_flag: false } }, 'main main main'],
    ['has the value that a function gave for the request', { flags: () => true }, 'other other other'],
    ['keeps its first value, where the request was given other flags', { flags: { another: true } }, 'main main main'],
    ['keeps its first value, where the request was given none', {}, 'main main main'],
    ['keeps its first value, where a function knows nothing of it', { flags: () => undefined }, 'main main main'],
  ])('%s', async (_what, context, names) => {
    const { read, reads } = flipping();
    const db = routed(read);
    expect(await db.$withContext(context, () => three(db))).toBe(names);
    expect(reads()).toBeLessThanOrEqual(1);
  });

  it('is asked of the function at most once in a request', async () => {
    const asked: string[] = [];
    const db = routed(() => false);
    await db.$withContext({ flags: (flag) => (asked.push(flag), true) }, () => three(db));
    expect(asked).toEqual(['new_db_router_flag']);
  });

  it('is each request its own', async () => {
    const db = routed(() => false);
    const request = (on: boolean) => db.$withContext({ flags: { new_db_router_flag: on } }, () => three(db));
    expect(await Promise.all([request(true), request(false), three(db)])).toEqual([
      'other other other',
      'main main main',
      'main main main',
    ]);
  });

  it('stands still in a transaction outside of a request', async () => {
    const { read, reads } = flipping();
    const db = routed(read);
    const names = await db.$transaction(async (tx) => [(await tx.product.findFirst())?.name, await three(db)], {
      for: ['product'],
    });
    expect([names, reads()]).toEqual([['main', 'main main main'], 1]);
  });

  it('has in a transaction the value of the request around it', async () => {
    const db = routed(() => false);
    const name = await db.$withContext({ flags: { new_db_router_flag: true } }, () =>
      db.$transaction((tx) => tx.product.findFirst(), { for: ['product'] }),
    );
    expect(name).toMatchObject({ name: 'other' });
  });

  it('is that of the request in which an operation is called, also if it is awaited later', async () => {
    const db = routed(() => false);
    const operation = db.$withContext({ flags: { new_db_router_flag: true } }, () => ({
      later: db.product.findFirst(),
    }));
    expect(await operation.later).toMatchObject({ name: 'other' });
  });

  it('is shown by an explanation', () => {
    const db = routed(() => false);
    const explain = () => db.$route('product', 'read').alias;
    expect([explain(), db.$withContext({ flags: { new_db_router_flag: true } }, explain)]).toEqual(['main', 'other']);
  });
});

describe('a request in a request', () => {
  it.each<[what: string, outer: RequestContext, inner: RequestContext, names: string]>([
    ['has the flags around it', { flags: { new_db_router_flag: true } }, {}, 'other other other'],
    [
      'has the flags around it beside its own',
      { flags: { new_db_router_flag: true } },
      { flags: { another: true } },
      'other other other',
    ],
    [
      'has its own flags first',
      { flags: { new_db_router_flag: true } },
      { flags: { new_db_router_flag: false } },
      'main main main',
    ],
  ])('%s', async (_what, outer, inner, names) => {
    const db = routed(flipping().read);
    expect(await db.$withContext(outer, () => db.$withContext(inner, () => three(db)))).toBe(names);
  });

  it('keeps the transaction around it', async () => {
    const db = routed(() => false);
    const stop = new Error('stop');
    const opened = db.$transaction(async () => {
      await db.$withContext({ hints: { tenant: 1 } }, () => db.product.deleteMany());
      throw stop;
    });
    await expect(opened).rejects.toBe(stop);
    expect(await clients.main.product.count()).toBe(1);
  });
});

describe('hints', () => {
  const seen: Hints[] = [];
  const noting = () =>
    createRoutedClient({
      clients,
      default: 'main',
      routers: [{ routes: [], dbForRead: (_model, hints) => void seen.push(hints) }],
    });
  beforeEach(() => void (seen.length = 0));

  it.each<[what: string, read: (db: ReturnType<typeof noting>) => Promise<unknown>, hints: Hints]>([
    ['are empty outside of a request', (db) => db.product.count(), {}],
    ['come with the view', (db) => db.$hint({ tenant: 1 }).product.count(), { tenant: 1 }],
    [
      'come with the request',
      (db) => db.$withContext({ hints: { tenant: 1 } }, () => db.product.count()),
      { tenant: 1, request: expect.anything() as never },
    ],
    [
      'of the view are over those of the request',
      (db) => db.$withContext({ hints: { tenant: 1, user: 2 } }, () => db.$hint({ tenant: 3 }).product.count()),
      { tenant: 3, user: 2, request: expect.anything() as never },
    ],
    [
      'of the inner request are over those of the outer',
      (db) =>
        db.$withContext({ hints: { tenant: 1, user: 2 } }, () =>
          db.$withContext({ hints: { tenant: 3 } }, () => db.product.count()),
        ),
      { tenant: 3, user: 2, request: expect.anything() as never },
    ],
  ])('%s', async (_what, read, hints) => {
    await read(noting());
    expect(seen).toEqual([hints]);
  });

  it('of a view are in its transactions too, as are those of an explanation in it', async () => {
    const told: Hints[] = [];
    const db = createRoutedClient({
      clients,
      default: 'main',
      routers: [{ routes: [], dbForWrite: (_model, hints) => void told.push(hints) }],
    });
    await db.$hint({ tenant: 1 }).$transaction((tx) => tx.product.count(), { for: ['product'] });
    expect(told.map((hints) => hints['tenant'])).toEqual([1, 1]);
    expect(db.$route('product', 'write', { tenant: 2 }).hints).toEqual({ tenant: 2 });
  });
});

describe('what $withContext answers', () => {
  it('is what its function answers, promise or not', async () => {
    const db = routed(() => false);
    expect(db.$withContext({}, () => 5)).toBe(5);
    await expect(db.$withContext({}, () => Promise.resolve(6))).resolves.toBe(6);
    expect(() =>
      db.$withContext({}, () => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
  });
});

describe('request pins', () => {
  it('know no flag by what every object has', () => {
    expect(createRequestPins({}).flag('constructor', () => false)).toBe(false);
  });

  it('keep an answer of false as they keep one of true', () => {
    const pins = createRequestPins();
    const answers = [false, true];
    const read = (): boolean => answers.shift() ?? true;
    expect([pins.flag('a', read), pins.flag('a', read), pins.flag('b', read)]).toEqual([false, false, true]);
  });
});
