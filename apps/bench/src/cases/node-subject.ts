import { BASKET_BYTES } from '../basket.ts';
import { ownProcess } from '../contenders/own-process.ts';
import type { SubjectName } from '../subjects/subject-named.ts';
import type { GroupSubject } from './case-group.ts';

export interface NodeSubjectOptions {
  readonly tables: 'migrated' | 'empty';
  /** Default is no. */
  readonly needsRedis?: boolean;
  /** Default is the name in the report. */
  readonly subject?: SubjectName;
}

/** A subject that is a store for Node. */
export const nodeSubject = (
  name: string,
  { tables, needsRedis = false, subject = name as SubjectName }: NodeSubjectOptions,
): GroupSubject => ({
  name,
  open: async ({ stage, sessions, connections }, say) => {
    const redis = needsRedis ? await stage.redis() : undefined;
    if (needsRedis && redis === undefined) {
      say(`${name} is left out: there is no Redis`);
      return undefined;
    }
    const place = {
      postgresUrl: await (await stage.postgres('main')).create(tables),
      redisUrl: redis?.url,
      redisPrefix: `${redis?.prefix ?? ''}${subject}:`,
      connections,
    };
    return ownProcess({ subject, place, sessions, bytes: BASKET_BYTES });
  },
});
