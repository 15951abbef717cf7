import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { createSessions, pgExecutor } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { createMoveOperator, drainAll, verifyMove } from '@switchyard/session-move';
import { openComposedShop, type ComposedShop } from '../support/open-composed-shop.ts';
import type { Visitor } from '../support/visitor.ts';

const exporter = new InMemorySpanExporter();
let composed: ComposedShop;
let visitor: Visitor;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  composed = await openComposedShop();
  visitor = composed.visitor();
  await visitor.get('/').expect(200);
});
afterAll(async () => {
  await composed.close();
  trace.disable();
  context.disable();
});

/** The spans of some work, in the order in which they began. */
async function spansOf(work: () => Promise<unknown>): Promise<readonly ReadableSpan[]> {
  exporter.reset();
  await work();
  const began = ({ startTime: [s, ns] }: ReadableSpan): bigint => BigInt(s) * 1_000_000_000n + BigInt(ns);
  return exporter.getFinishedSpans().toSorted((a, b) => Number(began(a) - began(b)));
}

const only = (spans: readonly ReadableSpan[], name: string): ReadableSpan => {
  const found = spans.filter((span) => span.name === name);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0] as ReadableSpan;
};
const parentOf = (spans: readonly ReadableSpan[], child: ReadableSpan): string | undefined =>
  spans.find((span) => span.spanContext().spanId === child.parentSpanContext?.spanId)?.name;

const addOne = async (): Promise<void> => {
  const { rows } = await composed.databases.main.query<{ id: number }>('select id from product order by id limit 1');
  expect((await visitor.post('/basket/add', { productId: String(rows[0]?.id), quantity: 1 })).status).toBe(303);
};

it('a change to a basket is one span, with the load, its cache and its statements inside', async () => {
  await addOne();
  visitor = composed.visitor();
  await addOne();
  const spans = await spansOf(addOne);

  const update = only(spans, 'session.update');
  expect(parentOf(spans, update)).toBeUndefined();
  expect(update.attributes).toEqual({ 'switchyard.bucket': expect.any(Number) });
  expect(update.status.code).toBe(SpanStatusCode.UNSET);

  const load = only(spans, 'session.load');
  expect(load.attributes).toEqual({
    'switchyard.bucket': update.attributes['switchyard.bucket'],
    'switchyard.session.result': 'found',
  });
  const asked = only(spans, 'session.cache.get');
  expect(parentOf(spans, asked)).toBe('session.load');
  expect(asked.attributes).toEqual({
    'switchyard.keys': 1,
    'switchyard.cache.hits': 1,
    'switchyard.cache.usable': true,
  });

  const statement = spans.find(({ name }) => name.startsWith('sql sy_update')) as ReadableSpan;
  expect(parentOf(spans, statement)).toBe('session.update');
  expect(statement.kind).toBe(SpanKind.CLIENT);
  expect(statement.attributes).toEqual({
    'db.system.name': 'postgresql',
    'db.query.summary': statement.name.slice('sql '.length),
    'db.response.returned_rows': 1,
    'switchyard.database': 'old',
  });
  expect(parentOf(spans, only(spans, 'session.cache.change'))).toBe('session.update');
});

it('a statement that is sent for several requests is in the trace of one and linked to the others', async () => {
  const executor = pgExecutor(composed.databases.main);
  const site = postgresSite({ name: 'old', executor, standalone: true });
  const sessions = createSessions<{ n: number }>({ store: fencedStore({ sites: [site] }) });
  const opened = Array.from({ length: 12 }, () => sessions.open());
  const count = (): Promise<unknown> =>
    Promise.all(opened.map((session) => session.update({ n: 1 }).then(() => session.save())));
  await count();
  const spans = await spansOf(count);
  const saves = spans.filter(({ name }) => name === 'session.save');
  const statements = spans.filter(({ name }) => name.startsWith('sql sy_update'));
  expect([saves.length, statements.length < 12]).toEqual([12, true]);
  // Each of them is found from its statement, whoever has sent it.
  const reached = statements.flatMap(({ parentSpanContext, links }) => [
    parentSpanContext?.spanId,
    ...links.map((link) => link.context.spanId),
  ]);
  expect(reached.toSorted()).toEqual(saves.map((span) => span.spanContext().spanId).toSorted());
});

it('an operation of the routed client says which database it went to, and a transaction has its operations inside', async () => {
  await visitor.get('/login').expect(200);
  const spans = await spansOf(() => visitor.get('/').expect(200));
  const found = spans.find(({ name }) => name === 'product.findMany') as ReadableSpan;
  expect(found.kind).toBe(SpanKind.CLIENT);
  expect(found.attributes).toEqual({
    'switchyard.database': 'main',
    'switchyard.kind': 'read',
    'db.operation.name': 'findMany',
    'db.collection.name': 'product',
  });

  const checkoutKey = await visitor.checkoutKey();
  const order = { checkoutKey, name: 'Ada', email: 'ada@example.com', address: 'Lane 1, Berlin' };
  const ordered = await spansOf(() => visitor.post('/checkout', order));
  const transaction = only(ordered, '$transaction');
  expect(transaction.attributes).toEqual({ 'switchyard.database': 'main' });
  expect(ordered.filter((span) => parentOf(ordered, span) === '$transaction').map(({ name }) => name)).toContain(
    'order.create',
  );
});

it('what fails says with which code, and nothing of what was asked for', async () => {
  await addOne();
  await composed.databases.main.query('alter table session rename to hidden');
  const spans = await spansOf(() => addOne().catch(() => undefined));
  await composed.databases.main.query('alter table hidden rename to session');
  const update = only(spans, 'session.update');
  expect(update.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(update.attributes['error.type']).toBe('SESSION_UNAVAILABLE');
  expect(update.events).toEqual([]);
  const statement = spans.find(({ name }) => name.startsWith('sql sy_update')) as ReadableSpan;
  expect(statement.attributes).toMatchObject({ 'db.response.status_code': '42P01', 'switchyard.outcome': 'none' });
});

it('a change that met a newer session says so', async () => {
  await addOne();
  // Past the shop, whose cache goes on with what was there before.
  await composed.databases.main.query('update session set version = version + 1 where data is not null');
  const spans = await spansOf(addOne);
  expect(only(spans, 'session.update').events.map(({ name }) => name)).toEqual(['conflict']);
  expect(spans.filter(({ name }) => name.startsWith('sql sy_update'))).toHaveLength(2);
});

it('a move is a span for each verb, with its steps inside, and for what is carried and compared', async () => {
  const { sides } = composed;
  const flags = { read: async () => ({ migration_flag: true, new_db_router_flag: false }) };
  const operator = createMoveOperator({ ...sides, flags, actor: 'tests' });
  const spans = await spansOf(async () => {
    await operator.start();
    await addOne();
    await drainAll(sides);
    await operator.run('verify', {}, () => verifyMove(sides));
  });
  expect(only(spans, 'move.start').attributes).toEqual({ 'switchyard.done': true });
  const steps = spans.filter(({ name }) => name === 'move.step');
  expect(steps.map((step) => parentOf(spans, step))).toEqual(['move.start', 'move.start']);
  expect(steps.map(({ attributes }) => attributes)).toEqual([
    { 'switchyard.step': 'prepare', 'switchyard.database': 'new' },
    { 'switchyard.step': 'capture', 'switchyard.database': 'old' },
  ]);
  expect(only(spans, 'move.drain').attributes).toMatchObject({ 'switchyard.database': 'old', 'switchyard.copied': 1 });
  const compare = only(spans, 'move.compare');
  expect(parentOf(spans, compare)).toBe('move.verify');
  expect(compare.attributes).toMatchObject({ 'switchyard.clean': true });
});

it('no span shows a key, or what is in a session or a basket', async () => {
  exporter.reset();
  await addOne();
  await visitor.get('/basket').expect(200);
  const text = JSON.stringify(
    exporter.getFinishedSpans().map(({ name, attributes, events }) => [name, attributes, events]),
  );
  expect(text).toContain('session.load');
  expect(text).not.toMatch(/[a-f\d]{64}|[a-z\d]{32}|basket/);
});

it('upkeep and heartbeats make no traces of their own', async () => {
  const spans = await spansOf(() => new Promise((resolve) => setTimeout(resolve, 1_200)));
  expect(spans.map(({ name }) => name)).toEqual([]);
});
