import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@switchyard/databases';
import type { DevServer } from '../ops/dev-controls.ts';
import { StartError } from '../start-error.ts';

/** A redis-server of our own, which may be stopped and started again on its port; empty then. */
export interface DevRedis extends DevServer {
  readonly url: string;
}

// It ends with the process that started it, however that one ends, and in a process group of its own, so that Ctrl-C
// reaches us first.
const UNTIL_STDIN_CLOSES =
  'exec 3<&0; "$@" </dev/null >/dev/null 2>&1 & server=$!; { read -r _ <&3; kill -KILL $server; } >/dev/null 2>&1 & watch=$!; wait $server; kill $watch 2>/dev/null';

const START_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 25;

/** `undefined`: there is no redis-server on the PATH. @throws {StartError} REDIS_FAILED */
export async function startDevRedis(): Promise<DevRedis | undefined> {
  if (process.platform === 'win32') return undefined;
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const port = await freePort();
  const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  let shell: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    if (shell !== undefined) return;
    const started = spawn('/bin/sh', ['-c', UNTIL_STDIN_CLOSES, 'sh', ...command], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shell = started;
    started.stdin?.on('error', () => undefined);
    started.once('close', () => {
      if (shell === started) shell = undefined;
    });
    started.unref();
    for (const giveUpAt = performance.now() + START_LIMIT_MS; !(await listens(port)); await sleep(LOOK_EVERY_MS))
      if (shell === undefined || performance.now() > giveUpAt)
        throw new StartError(
          'REDIS_FAILED',
          'redis-server does not start. Start it by hand to see why, or set REDIS_URL to another server.',
        );
  };
  const stop = async (): Promise<void> => {
    const stopped = shell;
    if (stopped === undefined) return;
    stopped.ref();
    const ended = once(stopped, 'close');
    stopped.stdin?.end();
    await ended;
  };

  await start();
  return { url: `redis://127.0.0.1:${port}`, start, stop, isRunning: async () => shell !== undefined };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('error', () => done(false));
    socket.once('connect', () => done(true));
  });
}
