import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@switchyard/databases';
import { Redis } from 'ioredis';
import { BenchError } from '../bench-error.ts';

export interface BenchRedis {
  readonly url: string;
  readonly description: string;
  /** Starts every key that the bench writes. */
  readonly prefix: string;
  /** Deletes the bench's keys, and stops the server if it was started here. */
  close(): Promise<void>;
}

const START_LIMIT_MS = 5_000;

/**
 * The server that `REDIS_URL` names, else a `redis-server` from the PATH on a port of its own; `undefined` without one.
 * @throws {BenchError} SERVER_FAILED when the one that is named does not answer
 */
export async function openRedis(environment: NodeJS.ProcessEnv): Promise<BenchRedis | undefined> {
  const given = environment['REDIS_URL'];
  const server = given !== undefined && given !== '' ? given : await startServer();
  if (server === undefined) return undefined;
  const url = typeof server === 'string' ? server : server.url;
  const prefix = `switchyard-bench:${process.pid}:`;
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: null });
  redis.on('error', () => undefined);
  let version: string | undefined;
  try {
    await redis.connect();
    version = /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1];
  } catch (cause) {
    throw new BenchError('SERVER_FAILED', 'No Redis answers at REDIS_URL. Start it, correct it, or unset it.', {
      cause,
    });
  }
  return {
    url,
    prefix,
    description: `Redis ${version}, ${typeof server === 'string' ? 'of REDIS_URL' : 'started for this run'}`,
    close: async () => {
      if (typeof server === 'string')
        for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 }))
          if ((keys as string[]).length > 0) await redis.unlink(keys as string[]);
      redis.disconnect();
      if (typeof server !== 'string') await server.stop();
    },
  };
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> } | undefined> {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', options, { stdio: 'ignore', cwd: '/' });
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  const url = `redis://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    kill();
    await ended;
  };
  for (const until = Date.now() + START_LIMIT_MS; Date.now() < until; await sleep(20))
    if (await answers(url)) return { url, stop };
  await stop();
  throw new BenchError('SERVER_FAILED', 'redis-server did not answer within 5 s.');
}

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
