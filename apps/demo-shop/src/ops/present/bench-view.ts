import type { BenchStatus } from '../status/read-bench.ts';
import { count, plural } from '../words/numbers.ts';

export const benchView = ({ shoppers, processes, database, redis }: BenchStatus) => ({
  shoppers: {
    isShopping: shoppers.shoppers > 0,
    shoppers: count(shoppers.shoppers),
    acknowledged: count(shoppers.acknowledged),
    lost: count(shoppers.lost),
    refused: count(shoppers.refused),
    looks: count(shoppers.looks),
  },
  database: {
    running: database,
    words: words(database, 'not ours to stop: SESSIONS_DATABASE_URL is set'),
  },
  redis: { running: redis, words: words(redis, 'not started by this run, so not stopped by it') },
  processes: processes.map(({ id, pid, state, restarts }) => ({
    id,
    pid,
    slug: id.replaceAll(/[^a-z0-9]+/gi, '-'),
    isRunning: state === 'running',
    words: `${state === 'running' ? `pid ${pid}` : 'starting'}${restarts > 0 ? `, started again ${plural(restarts, 'time')}` : ''}`,
  })),
});

const words = (running: boolean | undefined, why: string): string =>
  running === undefined ? why : running ? 'runs' : 'is stopped';
