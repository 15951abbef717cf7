import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaSessionStore } from '@quixo3/prisma-session-store';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma-session-store/client.ts';
import { overExpressStore } from './over-express-store.ts';
import type { Subject } from './subject.ts';

/** As `prisma migrate` would make it from the schema. */
const TABLE = `create table if not exists session (
  id text not null primary key, sid text not null, data text not null, expires_at timestamp(3) not null);
  create unique index if not exists session_sid_key on session (sid)`;

export const prismaSessionStore: Subject = {
  open: async ({ postgresUrl, connections }) => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: connections });
    await pool.query(TABLE);
    const client = new PrismaClient({ adapter: new PrismaPg(pool) });
    const store = new PrismaSessionStore(client, { dbRecordIdIsSessionId: true });
    return {
      ...overExpressStore(store),
      close: async () => {
        await client.$disconnect();
        await pool.end();
      },
    };
  },
};
