import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { findProjectFolder } from '@switchyard/databases';
import { basketOf, nthKey } from '../basket.ts';
import { BenchError } from '../bench-error.ts';
import type { Measurement } from '../measurement.ts';
import type { Contender } from './contender.ts';

export interface DjangoSettings {
  /** An empty database. */
  readonly postgresUrl: string;
  readonly redisUrl: string | undefined;
  readonly sessions: number;
  readonly bytes: number;
}

export interface FoundDjango {
  readonly python: string;
  readonly version: string;
  /** What can be its cache in Redis: Django's own from 4.0 on, with redis-py, or django-redis. */
  readonly redisBackend: string | undefined;
}

const PYTHONS = ['/usr/bin/python3', 'python3'];
const LOOK = `import django, psycopg2
backend = ''
try:
    import redis, django.core.cache.backends.redis
    backend = 'django.core.cache.backends.redis.RedisCache'
except ImportError:
    try:
        import django_redis
        backend = 'django_redis.cache.RedisCache'
    except ImportError:
        pass
print(django.get_version(), backend)`;

export function findDjango(): FoundDjango | undefined {
  for (const python of PYTHONS) {
    const { status, stdout } = spawnSync(python, ['-c', LOOK], { encoding: 'utf8' });
    const [version, redisBackend] = stdout?.trim().split(' ') ?? [];
    if (status === 0 && version !== undefined) return { python, version, redisBackend };
  }
  return undefined;
}

/** Django's cached_db sessions in a Python process. */
export async function django({ python, redisBackend }: FoundDjango, settings: DjangoSettings): Promise<Contender> {
  const { postgresUrl, redisUrl, sessions, bytes } = settings;
  const script = path.join(findProjectFolder(), 'apps/bench/src/contenders/django_sessions.py');
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2_000)));
  child.stdin.on('error', () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'close');

  const ask = async (message: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await lines.next();
    if (done !== true) return JSON.parse(value) as unknown;
    await ended;
    throw new BenchError('TOOL_FAILED', `Django failed: ${lastWords.trim().split('\n').at(-1)}`);
  };

  const { hostname, port, username, password, pathname } = new URL(postgresUrl);
  await ask({
    database: {
      HOST: hostname,
      PORT: port || '5432',
      USER: decodeURIComponent(username),
      PASSWORD: decodeURIComponent(password),
      NAME: pathname.slice(1),
    },
    cache:
      redisBackend !== undefined && redisUrl !== undefined
        ? { BACKEND: redisBackend, LOCATION: redisUrl }
        : // By default it holds 300 entries.
          { BACKEND: 'django.core.cache.backends.locmem.LocMemCache', OPTIONS: { MAX_ENTRIES: sessions * 2 } },
    keys: Array.from({ length: sessions }, (_, n) => nthKey(n)),
    data: basketOf(bytes),
  });
  return {
    measure: async ({ operation, seconds }) => (await ask({ operation, seconds })) as Measurement,
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
