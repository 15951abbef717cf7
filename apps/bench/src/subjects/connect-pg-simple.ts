import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import pg from 'pg';
import { overExpressStore } from './over-express-store.ts';
import type { Subject } from './subject.ts';

export const connectPgSimpleStore: Subject = {
  open: async ({ postgresUrl, connections }) => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: connections });
    const store = new (connectPgSimple(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false });
    return {
      ...overExpressStore(store),
      close: async () => {
        await store.close();
        await pool.end();
      },
    };
  },
};
