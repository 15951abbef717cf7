import type { CaseGroup } from './case-group.ts';
import { nodeSubject } from './node-subject.ts';
import { djangoSubject, redisBenchmarkSubject } from './programs.ts';

/** Sessions in a cache, and in PostgreSQL behind it where the subject has that. Every load is a hit. */
export const cachedCases: CaseGroup = {
  cases: [
    { name: 'cached-load', operation: 'load' },
    { name: 'cached-save', operation: 'save' },
  ],
  subjects: [
    nodeSubject('switchyard', { tables: 'migrated', needsRedis: true, subject: 'switchyard-cached' }),
    nodeSubject('connect-redis', { tables: 'empty', needsRedis: true }),
    djangoSubject,
    redisBenchmarkSubject,
  ],
};
