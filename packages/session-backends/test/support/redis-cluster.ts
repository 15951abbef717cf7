import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@switchyard/databases';
import { Cluster, Redis } from 'ioredis';
import { startRedis, type RedisProcess } from './redis-process.ts';

/** Three nodes of a test's own, each with a third of the slots and no replica. */
export interface RedisCluster {
  readonly nodes: readonly RedisProcess[];
  /** A client that nobody else has; the caller's to disconnect. */
  connect(): Cluster;
  /** Resolves when every node sees all slots served. */
  untilServing(): Promise<void>;
  close(): Promise<void>;
}

const SLOTS = 16_384;
/** Nodes talk to one another this much above their ports. */
const BUS = 10_000;

export async function startRedisCluster(): Promise<RedisCluster> {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
  const nodes: RedisProcess[] = [];
  // One after the other: a port that is free now may be the next one's bus.
  for (let i = 0; i < 3; i++) nodes.push(await startRedis(settings, portWithBus));

  const asked = async <T>(node: RedisProcess, ask: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(node.port, '127.0.0.1', { maxRetriesPerRequest: 1 });
    redis.on('error', () => undefined);
    try {
      return await ask(redis);
    } finally {
      redis.disconnect();
    }
  };

  const untilServing = async (): Promise<void> => {
    const isServing = (info: string): boolean =>
      info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`);
    for (let tries = 0; tries < 400; tries++) {
      const infos = await Promise.all(nodes.map((node) => asked(node, (redis) => redis.cluster('INFO')).catch(String)));
      if (infos.every(isServing)) return;
      await sleep(25);
    }
    throw new Error('the cluster does not serve all slots');
  };

  const third = Math.ceil(SLOTS / nodes.length);
  for (const [i, node] of nodes.entries())
    await asked(node, async (redis) => {
      const slots = Array.from({ length: Math.min(third, SLOTS - i * third) }, (_, slot) => i * third + slot);
      await redis.cluster('ADDSLOTS', ...slots);
      if (i > 0) await redis.cluster('MEET', '127.0.0.1', (nodes[0] as RedisProcess).port);
    });
  await untilServing();

  return {
    nodes,
    connect: () => {
      const cluster = new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
      cluster.on('error', () => undefined);
      return cluster;
    },
    untilServing,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

async function portWithBus(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if ((await freePort(port + BUS)) === port + BUS) return port;
  }
}
