import { createMainClient, createPool } from '@switchyard/databases';
import { openTestDatabases } from '@switchyard/databases/testing';
import { isDatabaseUnavailable } from '../../src/shop/is-database-unavailable.ts';
import { openBreakableLine } from '../support/breakable-line.ts';

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
    const pool = createPool('postgres://nobody@127.0.0.1:1/none');
    const db = createMainClient(pool);
    expect(isDatabaseUnavailable(await failureOf(db.product.findMany()))).toBe(true);
    expect(isDatabaseUnavailable(await failureOf(db.$transaction(async (tx) => tx.product.findMany())))).toBe(true);
    await pool.end();
  });

  it('says so of a database that is gone, and of a connection that is cut off', async () => {
    const databases = await openTestDatabases({ max: 1 });
    const db = createMainClient(databases.main);
    const cutOff = db.$queryRaw`select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)`;
    expect(isDatabaseUnavailable(await failureOf(cutOff))).toBe(true);
    const gone = createPool(databases.urls.main);
    await databases.close();
    expect(isDatabaseUnavailable(await failureOf(createMainClient(gone).product.findMany()))).toBe(true);
    await gone.end();
  });

  it('says so of a connection that breaks under a query', async () => {
    const databases = await openTestDatabases();
    const line = await openBreakableLine(databases.urls.main);
    const pool = createPool(line.url);
    const db = createMainClient(pool);
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
    await pool.end();
    await line.close();
    await databases.close();
  });

  it('does not say so of a question that was wrong', async () => {
    const databases = await openTestDatabases();
    const db = createMainClient(databases.main);
    expect(isDatabaseUnavailable(await failureOf(db.order.findUnique({ where: { id: 'x' } })))).toBe(false);
    expect(isDatabaseUnavailable(await failureOf(db.product.findMany({ where: { id: 2 ** 40 } })))).toBe(false);
    expect(isDatabaseUnavailable(new Error('connection refused'))).toBe(false);
    expect(isDatabaseUnavailable('ECONNREFUSED')).toBe(false);
    await databases.close();
  });
});
