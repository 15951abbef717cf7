import { createRoutedClient, type Router } from '@switchyard/router';
import { openClients, type TestClients } from '../support/open-clients.ts';
import { product, products, seed } from '../support/shop.ts';

/** Reads go to the one database, writes to the other; so an operation of the wrong kind is seen. */
const splitting: Router<'main' | 'other', never> = {
  name: 'splitting',
  dbForRead: () => 'other',
  dbForWrite: () => 'main',
};

let clients: TestClients;
let close: () => Promise<void>;
beforeAll(async () => ({ clients, close } = await openClients()));
beforeEach(() => seed(clients));
afterAll(() => close());

const routed = () => createRoutedClient({ clients, default: 'main', routers: [splitting] });
type Products = ReturnType<typeof routed>['product'];

const READS: readonly (readonly [string, (model: Products) => Promise<unknown>])[] = [
  ['findUnique', async (model) => (await model.findUnique({ where: { slug: '1' } }))?.name],
  ['findUniqueOrThrow', async (model) => (await model.findUniqueOrThrow({ where: { slug: '1' } })).name],
  ['findFirst', async (model) => (await model.findFirst())?.name],
  ['findFirstOrThrow', async (model) => (await model.findFirstOrThrow()).name],
  ['findMany', async (model) => (await model.findMany())[0]?.name],
  ['count', async (model) => ((await model.count({ where: { name: 'other' } })) === 1 ? 'other' : 'main')],
  ['aggregate', async (model) => (await model.aggregate({ _min: { name: true } }))._min.name],
  ['groupBy', async (model) => (await model.groupBy({ by: ['name'] }))[0]?.name],
];

const NEW = product('2', { name: 'new' });

const WRITES: readonly (readonly [string, string, (model: Products) => Promise<unknown>])[] = [
  ['create', '1:old 2:new', (model) => model.create({ data: NEW })],
  ['createMany', '1:old 2:new', (model) => model.createMany({ data: [NEW] })],
  ['createManyAndReturn', '1:old 2:new', (model) => model.createManyAndReturn({ data: [NEW] })],
  ['update', '1:new', (model) => model.update({ where: { slug: '1' }, data: { name: 'new' } })],
  ['updateMany', '1:new', (model) => model.updateMany({ data: { name: 'new' } })],
  ['updateManyAndReturn', '1:new', (model) => model.updateManyAndReturn({ data: { name: 'new' } })],
  ['upsert that creates', '1:old 2:new', (model) => model.upsert({ where: { slug: '2' }, create: NEW, update: {} })],
  [
    'upsert that updates',
    '1:new',
    (model) => model.upsert({ where: { slug: '1' }, create: NEW, update: { name: 'new' } }),
  ],
  ['delete', '', (model) => model.delete({ where: { slug: '1' } })],
  ['deleteMany', '', (model) => model.deleteMany()],
];

describe('the database of a read', () => {
  it.each(READS)('is what dbForRead says: %s', async (_name, read) => {
    expect(await read(routed().product)).toBe('other');
  });

  it.each(READS)('is what $using says, over the routers: %s', async (_name, read) => {
    expect(await read(routed().$using('main').product)).toBe('main');
  });

  it.each(READS)('is what dbForWrite says in a transaction: %s', async (_name, read) => {
    expect(await routed().$transaction((tx) => read(tx.product), { for: ['product'] })).toBe('main');
  });

  it.each(READS)('is where the row in the hints came from, without an opinion: %s', async (_name, read) => {
    const db = createRoutedClient({ clients, default: 'main' });
    const row = await db.$using('other').user.findFirstOrThrow();
    expect(await read(db.$hint({ instance: row }).product)).toBe('other');
    expect(await read(db.product)).toBe('main');
  });
});

describe('the database of a write', () => {
  it.each(WRITES)('is what dbForWrite says: %s', async (_name, after, write) => {
    await write(routed().product);
    const { main, other } = await products(clients);
    expect({ main, other }).toEqual({ main: after.replace('old', 'main'), other: '1:other' });
  });

  it.each(WRITES)('is what $using says, over the routers: %s', async (_name, after, write) => {
    await write(routed().$using('other').product);
    const { main, other } = await products(clients);
    expect({ main, other }).toEqual({ main: '1:main', other: after.replace('old', 'other') });
  });

  it.each(WRITES)('is not where the row in the hints came from: %s', async (_name, after, write) => {
    const db = createRoutedClient({ clients, default: 'main' });
    const row = await db.$using('other').user.findFirstOrThrow();
    await write(db.$hint({ instance: row }).product);
    expect(await products(clients)).toEqual({ main: after.replace('old', 'main'), other: '1:other' });
  });
});

describe('the table of operations', () => {
  it('names every method that a generated client has', () => {
    const tested = [...READS, ...WRITES].map(([name]) => name.split(' ')[0]);
    const missing = Reflect.ownKeys(clients.main.product).filter(
      (name) =>
        typeof name === 'string' &&
        typeof clients.main.product[name as 'count'] === 'function' &&
        !tested.includes(name),
    );
    expect(missing).toEqual(['findRaw', 'aggregateRaw']);
  });
});
