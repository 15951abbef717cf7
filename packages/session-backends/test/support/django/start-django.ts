import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DjangoShop {
  readonly url: string;
  stop(): Promise<void>;
}

export interface DjangoShopOptions {
  readonly database: string;
  readonly secret: string;
  /** DEFAULT_HASHING_ALGORITHM: "sha1" writes sessions as Django did before 3.1. */
  readonly hash?: 'sha256' | 'sha1';
  /** SESSION_SAVE_EVERY_REQUEST */
  readonly savesEveryRequest?: boolean;
}

const PYTHONS = ['python3', '/usr/bin/python3'];

/** A Python that has Django and the driver; without one the tests say so, and fail where nothing may be left out. */
export const djangoPython = PYTHONS.find(
  (python) => spawnSync(python, ['-c', 'import django, psycopg2'], { stdio: 'ignore' }).status === 0,
);

/** `describe` for tests with real Django. */
export const describeWithDjango: jest.Describe = (() => {
  if (djangoPython !== undefined) return describe;
  if ((process.env['CI'] ?? '') !== '') throw new Error('there is no Python with django and psycopg2 for these tests');
  process.stderr.write('Not tested: sharing sessions with Django. There is no Python with django and psycopg2.\n');
  return describe.skip;
})();

const SHOP = path.resolve(path.dirname(fileURLToPath(import.meta.url)), 'django_shop.py');

/** Starts django_shop.py and makes its tables. */
export async function startDjango({ database, secret, ...options }: DjangoShopOptions): Promise<DjangoShop> {
  const child = spawn(djangoPython as string, ['-W', 'ignore', SHOP], {
    env: {
      ...process.env,
      DJANGO_SHOP_DATABASE: database,
      DJANGO_SHOP_SECRET: secret,
      DJANGO_SHOP_HASH: options.hash ?? 'sha256',
      DJANGO_SHOP_SAVES: options.savesEveryRequest === true ? 'every request' : 'changes',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('the shop in Django did not start'))),
  ])) as [Buffer];
  return {
    url: `http://127.0.0.1:${line.toString().trim()}`,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
