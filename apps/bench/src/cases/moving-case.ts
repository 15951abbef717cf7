import { BASKET_BYTES } from '../basket.ts';
import { moving } from '../contenders/moving.ts';
import type { CaseGroup } from './case-group.ts';
import { nodeSubject } from './node-subject.ts';

/** Saves while a worker carries them to a second server, and the same with no move. */
export const movingCase: CaseGroup = {
  cases: [{ name: 'save-moving', operation: 'save' }],
  subjects: [
    {
      name: 'switchyard',
      open: async ({ stage, sessions, connections }) => {
        const postgresUrl = await (await stage.postgres('main')).create('migrated');
        const newUrl = await (await stage.postgres('sessions')).create('migrated');
        const place = { postgresUrl, redisPrefix: '', connections };
        return moving({ subject: 'switchyard-moving', place, sessions, bytes: BASKET_BYTES }, newUrl);
      },
    },
    nodeSubject('switchyard-at-rest', { tables: 'migrated', subject: 'switchyard' }),
  ],
};
