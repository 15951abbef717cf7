import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '@switchyard/databases';
import { RehearsalError } from '../rehearsal-error.ts';

/** A redis-server of the rehearsal's own. */
export interface RedisServer {
  readonly port: number;
  /** For commands; on a connection that is made again when it breaks. They fail while the server is away. */
  readonly redis: Redis;
  /** Writes what it holds now to disk. */
  save(): Promise<void>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on its port: empty, or with what was last saved. */
  start(from: 'nothing' | 'saved'): Promise<void>;
  close(): Promise<void>;
}

// As PostgreSQL's: it ends with the process that started it, however that one ends.
const UNTIL_STDIN_CLOSES =
  'exec 3<&0; "$@" </dev/null >/dev/null 2>&1 & server=$!; echo $server; { read -r _ <&3; kill -KILL $server; } >/dev/null 2>&1 & watch=$!; wait $server; kill $watch 2>/dev/null';

const START_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

export const isRedisInstalled = (): boolean =>
  spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

/** @throws {RehearsalError} REDIS_DID_NOT_START */
export async function startRedisServer(folder: string): Promise<RedisServer> {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const redis = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    connectTimeout: 500,
    maxRetriesPerRequest: 0,
    retryStrategy: () => LOOK_EVERY_MS,
  });
  // Failures reach us through the commands.
  redis.on('error', () => undefined);
  let shell: ChildProcess | undefined;
  let pid = 0;

  const start = async (from: 'nothing' | 'saved'): Promise<void> => {
    if (from === 'nothing') await rm(path.join(folder, 'dump.rdb'), { force: true });
    const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    shell = spawn('/bin/sh', ['-c', UNTIL_STDIN_CLOSES, 'sh', ...command], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    shell.stdin?.on('error', () => undefined);
    shell.unref();
    const [line] = (await once(shell.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    pid = Number(line.toString());
    for (const giveUpAt = performance.now() + START_LIMIT_MS; ; await sleep(LOOK_EVERY_MS)) {
      if (
        await redis.ping().then(
          (answer) => answer === 'PONG',
          () => false,
        )
      )
        return;
      if (performance.now() > giveUpAt)
        throw new RehearsalError(
          'REDIS_DID_NOT_START',
          `redis-server did not answer within ${START_LIMIT_MS / 1_000} s.`,
        );
    }
  };

  const kill = async (): Promise<void> => {
    const ending = shell;
    shell = undefined;
    if (ending === undefined) return;
    const ended = once(ending, 'close');
    process.kill(pid, 'SIGKILL');
    await ended;
  };

  const close = async (): Promise<void> => {
    redis.disconnect();
    await kill();
  };
  try {
    await start('nothing');
  } catch (error) {
    await close();
    throw error;
  }
  return { port, redis, start, kill, close, save: async () => void (await redis.save()) };
}
