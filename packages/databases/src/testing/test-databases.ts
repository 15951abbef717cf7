import type { Pool } from 'pg';
import type { Alias } from '../aliases.ts';
import { createPool, type PoolOptions } from '../pool.ts';
import { administer, withDatabase } from './test-servers.ts';

export interface TestDatabases {
  readonly urls: Readonly<Record<Alias, string>>;
  readonly main: Pool;
  readonly sessions: Pool;
  /** Closes the pools and drops the databases. */
  close(): Promise<void>;
}

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: the tests' servers are started by jest's globalSetup (jest.config.mjs)`);
  return value;
};

let count = 0;

/** A pair of fresh databases with all migrations applied, copied from the run's templates. About 50 ms. */
export async function openTestDatabases(options: PoolOptions = {}): Promise<TestDatabases> {
  const number = ++count;
  const open = async (alias: Alias): Promise<{ url: string; pool: Pool; drop: () => Promise<void> }> => {
    const server = environment(`SWITCHYARD_TEST_${alias.toUpperCase()}_SERVER`);
    const template = environment(`SWITCHYARD_TEST_${alias.toUpperCase()}_TEMPLATE`);
    const name = `${template}_${process.pid}_${number}`;
    await administer(server, [`create database ${name} template ${template}`]);
    const url = withDatabase(server, name);
    const pool = createPool(url, options);
    return {
      url,
      pool,
      drop: async () => {
        await pool.end();
        await administer(server, [`drop database if exists ${name} with (force)`]);
      },
    };
  };
  const [main, sessions] = await Promise.all([open('main'), open('sessions')]);
  return {
    urls: { main: main.url, sessions: sessions.url },
    main: main.pool,
    sessions: sessions.pool,
    close: async () => {
      await Promise.all([main.drop(), sessions.drop()]);
    },
  };
}
