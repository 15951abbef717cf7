import type { Subject } from './subject.ts';

/** Loaded in the process that measures it, and only there: no other's code is in its memory. */
export const SUBJECTS = {
  switchyard: async (): Promise<Subject> => (await import('./switchyard.ts')).switchyard,
  'switchyard-prisma': async (): Promise<Subject> => (await import('./switchyard-prisma.ts')).switchyardPrisma,
  'switchyard-cached': async (): Promise<Subject> => (await import('./switchyard-cached.ts')).switchyardCached,
  'switchyard-moving': async (): Promise<Subject> => (await import('./switchyard-moving.ts')).switchyardMoving,
  'connect-pg-simple': async (): Promise<Subject> => (await import('./connect-pg-simple.ts')).connectPgSimpleStore,
  'connect-redis': async (): Promise<Subject> => (await import('./connect-redis.ts')).connectRedis,
  '@quixo3/prisma-session-store': async (): Promise<Subject> =>
    (await import('./prisma-session-store.ts')).prismaSessionStore,
} as const;

export type SubjectName = keyof typeof SUBJECTS;
