import { shopProcess } from '../contenders/shop-process.ts';
import type { ShopName } from '../shops/shop-named.ts';
import type { CaseGroup, GroupSubject } from './case-group.ts';

/** Of each session a cookie is kept by its visitor; more would only take longer to begin with. */
const MOST_SESSIONS = 2_000;

const shop = (name: ShopName, tables: 'migrated' | 'empty'): GroupSubject => ({
  name,
  open: async ({ stage, sessions, connections }) => {
    const postgresUrl = await (await stage.postgres('main')).create(tables);
    const place = { postgresUrl, redisPrefix: '', connections };
    return shopProcess({ shop: name, place }, Math.min(sessions, MOST_SESSIONS));
  },
});

/** A small shop in express: each request loads its session, changes it and saves it. */
export const requestCase: CaseGroup = {
  cases: [{ name: 'request', operation: 'save' }],
  subjects: [shop('switchyard', 'migrated'), shop('connect-pg-simple', 'empty')],
};
