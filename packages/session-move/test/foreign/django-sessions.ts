import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface DjangoAnswer {
  readonly key?: string | null;
  readonly basket?: Record<string, number>;
  readonly error?: string;
  readonly why?: string;
}

/** A process of real Django that opens, changes and saves sessions, one after the other. */
export interface DjangoSessions {
  migrate(): Promise<DjangoAnswer>;
  add(key: string | undefined, product: string): Promise<DjangoAnswer>;
  read(key: string): Promise<DjangoAnswer>;
  logout(key: string): Promise<DjangoAnswer>;
  /** What `manage.py clearsessions` does. */
  clearExpired(): Promise<DjangoAnswer>;
  stop(): Promise<void>;
}

const PYTHONS = ['python3', '/usr/bin/python3'];
const python = PYTHONS.find(
  (command) => spawnSync(command, ['-c', 'import django, psycopg2'], { stdio: 'ignore' }).status === 0,
);

/** `describe` for tests with real Django: without it they are announced, and fail where nothing may be left out. */
export const describeWithDjango: jest.Describe = (() => {
  if (python !== undefined) return describe;
  if ((process.env['CI'] ?? '') !== '') throw new Error('there is no Python with django and psycopg2 for these tests');
  process.stderr.write('Not tested: a move from Django’s table. There is no Python with django and psycopg2.\n');
  return describe.skip;
})();

const SCRIPT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), 'django_sessions.py');

export function startDjango(database: string, secret: string): DjangoSessions {
  const child = spawn(python as string, ['-W', 'ignore', SCRIPT], {
    env: { ...process.env, DJANGO_DATABASE: database, DJANGO_SECRET: secret },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const waiting: ((answer: DjangoAnswer) => void)[] = [];
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.(JSON.parse(line) as DjangoAnswer));
  const send = (command: object): Promise<DjangoAnswer> =>
    Promise.race([
      new Promise<DjangoAnswer>((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(command)}\n`);
      }),
      ended.then(() => Promise.reject(new Error('the process of Django has ended'))),
    ]);
  return {
    migrate: () => send({ do: 'migrate' }),
    add: (key, product) => send({ do: 'add', key, product }),
    read: (key) => send({ do: 'read', key }),
    logout: (key) => send({ do: 'logout', key }),
    clearExpired: () => send({ do: 'clear' }),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
