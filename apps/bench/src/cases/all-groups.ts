import type { CaseGroup } from './case-group.ts';
import { cachedCases } from './cached-cases.ts';
import { databaseCases } from './database-cases.ts';
import { movingCase } from './moving-case.ts';
import { requestCase } from './request-case.ts';

export const GROUPS: readonly CaseGroup[] = [databaseCases, cachedCases, requestCase, movingCase];

export const SUBJECT_NAMES: readonly string[] = [
  ...new Set(GROUPS.flatMap(({ subjects }) => subjects.map(({ name }) => name))),
];
