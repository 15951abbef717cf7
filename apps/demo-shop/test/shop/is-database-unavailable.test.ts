import { createMainClient, createPool, type MainClient } from '@switchyard/databases';
import { openTestDatabases } from '@switchyard/databases/testing';
import { isDatabaseUnavailable } from '../../src/shop/is-database-unavailable.ts';
import { openBreakableLine } from '../support/breakable-line.ts';

const cleanups: (() => Promise<void>)[] = [];

/** The last opened is closed first. */
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const openDatabases = async (): ReturnType<typeof openTestDatabases> => {
  const databases = await openTestDatabases();
  cleanups.push(() => databases.close());
  return databases;
};

const connect = (url: string): MainClient => {
  const pool = createPool(url);
  cleanups.push(() => pool.end());
  return createMainClient(pool);
};

const failureOf = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call was meant to fail');
};

describe('isDatabaseUnavailable', () => {
  it('says so of a server that does not answer', async () => {
    const db = connect('postgres://nobody@127.0.0.1:1/none');
    expect(isDatabaseUnavailable(await failureOf(db.product.findMany()))).toBe(true);
    expect(isDatabaseUnavailable(await failureOf(db.$transaction(async (tx) => tx.product.findMany())))).toBe(true);
  });

  it('says so of a database that is not there', async () => {
    const databases = await openDatabases();
    const db = connect(`${databases.urls.main}_not`);
    expect(isDatabaseUnavailable(await failureOf(db.product.findMany()))).toBe(true);
  });

  it('says so of a connection that the server ends', async () => {
    const databases = await openDatabases();
    const db = connect(databases.urls.main);
    const ended = db.$queryRaw`select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)`;
    expect(isDatabaseUnavailable(await failureOf(ended))).toBe(true);
  });

  it('says so of a connection that breaks under a query or within a transaction', async () => {
    const databases = await openDatabases();
    const line = await openBreakableLine(databases.urls.main);
    cleanups.push(() => line.close());
    const db = connect(line.url);
    const query = failureOf(db.$queryRaw`select pg_sleep(20)`);
    await line.carried('pg_sleep');
    line.cut();
    expect(isDatabaseUnavailable(await query)).toBe(true);
    const transaction = db.$transaction(async (tx) => {
      await tx.product.findMany();
      line.cut();
      return tx.product.findMany();
    });
    expect(isDatabaseUnavailable(await failureOf(transaction))).toBe(true);
  });

  it('does not say so of a question that was wrong', async () => {
    const databases = await openDatabases();
    const db = connect(databases.urls.main);
    expect(isDatabaseUnavailable(await failureOf(db.order.findUnique({ where: { id: 'x' } })))).toBe(false);
    expect(isDatabaseUnavailable(await failureOf(db.product.findMany({ where: { id: 2 ** 40 } })))).toBe(false);
  });

  it('does not say so of errors from elsewhere', () => {
    expect(isDatabaseUnavailable(new Error('connection refused'))).toBe(false);
    expect(isDatabaseUnavailable('ECONNREFUSED')).toBe(false);
  });
});
