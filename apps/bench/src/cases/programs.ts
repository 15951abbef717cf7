import { BASKET_BYTES } from '../basket.ts';
import { django, findDjango } from '../contenders/django.ts';
import { hasProgram } from '../contenders/has-program.ts';
import { pgbench } from '../contenders/pgbench.ts';
import { redisBenchmark } from '../contenders/redis-benchmark.ts';
import type { GroupSubject } from './case-group.ts';

/** PostgreSQL's own bench, one row to a statement. */
export const pgbenchSubject: GroupSubject = {
  name: 'pgbench',
  open: async ({ stage, sessions, connections }, say) => {
    if (!hasProgram('pgbench')) return void say('pgbench is left out: it is not on the PATH');
    const postgresUrl = await (await stage.postgres('main')).create('migrated');
    return pgbench({ postgresUrl, sessions, connections, bytes: BASKET_BYTES });
  },
};

/** Redis' own bench, one command at a time on each connection. */
export const redisBenchmarkSubject: GroupSubject = {
  name: 'redis-benchmark',
  open: async ({ stage, sessions, connections }, say) => {
    const redis = await stage.redis();
    if (redis === undefined) return void say('redis-benchmark is left out: there is no Redis');
    if (!hasProgram('redis-benchmark')) return void say('redis-benchmark is left out: it is not on the PATH');
    const prefix = `${redis.prefix}redis-benchmark:`;
    return redisBenchmark({ redisUrl: redis.url, prefix, sessions, connections, bytes: BASKET_BYTES });
  },
};

/** One caller to a process, as it is served: its processor time does not depend on how many there are. */
export const djangoSubject: GroupSubject = {
  name: 'django',
  callers: [1],
  open: async ({ stage, sessions }, say) => {
    const found = findDjango();
    if (found === undefined) return void say('django is left out: no python3 has django and psycopg2');
    const redis = found.redisBackend !== undefined ? await stage.redis() : undefined;
    say(
      `django is ${found.version}, its cache ${redis === undefined ? 'in its process (locmem), which costs it less than one over the network' : 'in Redis'}`,
    );
    const postgresUrl = await (await stage.postgres('main')).create('empty');
    return django(found, { postgresUrl, redisUrl: redis?.url, sessions, bytes: BASKET_BYTES });
  },
};
