import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { PrismaClient as MainClient } from './generated/main/client.ts';
import { PrismaClient as SessionsClient } from './generated/sessions/client.ts';
import { statementName } from './statement-name.ts';

/** One pool serves Prisma and hand-written SQL. The pool is the caller's: `$disconnect` leaves it open. */
const adapterOver = (pool: Pool): PrismaPg => new PrismaPg(pool, { statementNameGenerator: statementName });

export const createMainClient = (pool: Pool): MainClient => new MainClient({ adapter: adapterOver(pool) });

export const createSessionsClient = (pool: Pool): SessionsClient => new SessionsClient({ adapter: adapterOver(pool) });

export type { MainClient, SessionsClient };
