import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@switchyard/databases';
import { Redis } from 'ioredis';

/** A redis-server of a test's own, to be paused, killed and started again. */
export interface RedisProcess {
  readonly port: number;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Writes everything to disk. */
  persist(): Promise<void>;
  /** Ends it at once; what is not on disk is lost. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const isInstalled = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
if (!isInstalled)
  process.stderr.write(
    'redis-server is not installed: what needs one of its own is left out (apt-get install redis)\n',
  );

/** On a developer's machine redis-server may be missing; in CI that is a failure. */
export const describeWithRedisServer = isInstalled || (process.env['CI'] ?? '') !== '' ? describe : describe.skip;

export async function startRedis(
  extra: readonly string[] = [],
  choosePort: () => Promise<number> = freePort,
): Promise<RedisProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'switchyard-redis-'));
  const port = await choosePort();
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...extra];
    child = spawn('redis-server', options, { stdio: 'ignore' });
    for (;;) {
      const redis = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
      redis.on('error', () => undefined);
      const up = await redis.connect().then(
        () => redis.ping(),
        () => undefined,
      );
      redis.disconnect();
      if (up === 'PONG') return;
      await sleep(20);
    }
  };

  const kill = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending === undefined) return;
    const gone = once(ending, 'exit');
    ending.kill('SIGKILL');
    await gone;
  };

  await start();
  return {
    port,
    start,
    kill,
    signal: (signal) => void child?.kill(signal),
    persist: async () => {
      const redis = new Redis(port, '127.0.0.1');
      await redis.save();
      await redis.quit();
    },
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A cable between a client and a server, to be cut and mended. */
export interface Cable {
  readonly port: number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function layCable(to: number, host = '127.0.0.1'): Promise<Cable> {
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(to, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => void (whole = true),
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
