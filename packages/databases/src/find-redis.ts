import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { DatabaseError } from './database-error.ts';
import { freePort } from './embedded/free-port.ts';

export interface FoundRedis {
  readonly url: string;
  /** How it was found, for an operator to read. */
  readonly from: 'REDIS_URL' | 'a server on 127.0.0.1:6379' | 'redis-server on PATH';
  /** Stops it if it was started here. */
  close(): Promise<void>;
}

/** Does something that speaks Redis answer there? */
function answers(port: number, host = '127.0.0.1', listening = false): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const done = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(500, () => done(false));
    socket.once('error', () => done(false));
    socket.once('connect', () => (listening ? done(true) : socket.write('PING\r\n')));
    socket.once('data', (reply) => done(/^(\+PONG|-NOAUTH)/.test(reply.toString())));
  });
}

async function startServer(): Promise<FoundRedis | undefined> {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const port = await freePort();
  const child: ChildProcess = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
      cwd: '/',
    },
  );
  const stop = (): boolean => child.kill('SIGTERM');
  process.once('exit', stop);
  for (let tries = 0; tries < 50; tries++) {
    if (await answers(port))
      return {
        url: `redis://127.0.0.1:${port}`,
        from: 'redis-server on PATH',
        close: async () => {
          process.off('exit', stop);
          if (child.exitCode !== null) return;
          const ended = new Promise((resolve) => child.once('exit', resolve));
          stop();
          await ended;
        },
      };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop();
  return undefined;
}

/** @throws {DatabaseError} URL_INVALID, REDIS_UNREACHABLE; without the URL, which may hold a password */
async function checkRedis(url: string): Promise<void> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol))
    throw new DatabaseError('URL_INVALID', 'REDIS_URL is not a Redis URL. It should look like redis://host:6379.');
  // What is said over TLS cannot be read here; that something listens is enough.
  const port = Number(parsed.port || 6379);
  if (!(await answers(port, parsed.hostname, parsed.protocol === 'rediss:')))
    throw new DatabaseError(
      'REDIS_UNREACHABLE',
      `No Redis answers at ${parsed.hostname}:${port}. Start it, correct REDIS_URL, or unset it to do without.`,
    );
}

/**
 * A Redis to use: REDIS_URL, else one that answers on 127.0.0.1:6379, else a `redis-server` from PATH on a free port.
 * `undefined` when there is none; the caller says so.
 * @throws {DatabaseError} when REDIS_URL is set and no Redis answers there
 */
export async function findRedis(environment: NodeJS.ProcessEnv = process.env): Promise<FoundRedis | undefined> {
  const given = environment['REDIS_URL'];
  const nothing = async (): Promise<void> => undefined;
  if (given !== undefined && given !== '') {
    await checkRedis(given);
    return { url: given, from: 'REDIS_URL', close: nothing };
  }
  if (await answers(6379)) return { url: 'redis://127.0.0.1:6379', from: 'a server on 127.0.0.1:6379', close: nothing };
  return startServer();
}
