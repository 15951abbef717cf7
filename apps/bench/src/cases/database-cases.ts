import type { CaseGroup } from './case-group.ts';
import { nodeSubject } from './node-subject.ts';
import { pgbenchSubject } from './programs.ts';

/** Sessions in PostgreSQL. */
export const databaseCases: CaseGroup = {
  cases: [
    { name: 'load', operation: 'load' },
    { name: 'save', operation: 'save' },
  ],
  subjects: [
    nodeSubject('switchyard', { tables: 'migrated' }),
    nodeSubject('switchyard-prisma', { tables: 'migrated' }),
    nodeSubject('connect-pg-simple', { tables: 'empty' }),
    nodeSubject('@quixo3/prisma-session-store', { tables: 'empty' }),
    pgbenchSubject,
  ],
};
