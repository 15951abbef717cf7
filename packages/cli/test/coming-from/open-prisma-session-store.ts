import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaSessionStore } from '@quixo3/prisma-session-store';
import { createPool } from '@switchyard/databases';
import { PrismaClient } from '../generated/prisma-session-store/client.ts';

export interface OpenPrismaSessionStore {
  readonly store: PrismaSessionStore;
  readonly prisma: PrismaClient;
  /** Its database is out of reach from now on. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

/** As `prisma migrate` makes it from the schema. */
export const PRISMA_SESSION_TABLE = `
  create table "Session" (id text not null primary key, sid text not null, data text not null, "expiresAt" timestamp(3) not null);
  create unique index "Session_sid_key" on "Session" (sid)`;

/** The real @quixo3/prisma-session-store over a real Prisma client. */
export function openPrismaSessionStore(url: string): OpenPrismaSessionStore {
  const pool = createPool(url, { max: 4 });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const store = new PrismaSessionStore(prisma, { dbRecordIdIsSessionId: true, loggerLevel: [] });
  let isCut = false;
  const cut = async (): Promise<void> => {
    if (!isCut) await pool.end();
    isCut = true;
  };
  return {
    store,
    prisma,
    cut,
    close: async () => {
      await prisma.$disconnect();
      await cut();
    },
  };
}
