import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import { Redis } from 'ioredis';
import { freePort } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  createSessions,
  drawSessionKey,
  encodeKey,
  pgExecutor,
  type SessionKey,
  type SessionRecord,
  type SessionStore,
} from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { djangoCodec, expressSessionCodec, fromConnectRedis } from '@switchyard/session-backends/foreign';
import { runSwitchyard, startSwitchyard, type Ran } from '../support/run-switchyard.ts';
import { asPromises } from './express-sessions.ts';
import { openConnectRedis, type OpenConnectRedis } from './open-connect-redis.ts';
import { openPrismaSessionStore, PRISMA_SESSION_TABLE } from './open-prisma-session-store.ts';

const HOUR = 3_600_000;

let databases: TestDatabases;
let redis: OpenConnectRedis;
let store: SessionStore;
beforeAll(async () => {
  [databases, redis] = await Promise.all([openTestDatabases(), openConnectRedis()]);
  await databases.main.query(`${PRISMA_SESSION_TABLE};
    create table visit (sid varchar primary key, sess json not null, expire timestamp(6) not null);
    create table django_session (session_key varchar(40) primary key, session_data text not null, expire_date timestamptz not null)`);
  const executor = pgExecutor(databases.sessions);
  store = fencedStore({ sites: [postgresSite({ name: 'new', executor, standalone: true })] });
});
afterAll(async () => {
  await Promise.all([redis?.close(), databases?.close()]);
});
beforeEach(async () => {
  await databases.sessions.query('truncate session, session_lease');
  await databases.main.query('truncate visit, django_session, "Session"');
  await redis.clear();
});

const importing = (from: string, more: readonly string[] = [], url?: string): readonly string[] => {
  const at = url ?? (from === 'connect-redis' ? redis.url : databases.urls.main);
  const prefix = from === 'connect-redis' ? ['--prefix', redis.prefix] : [];
  return ['sessions', 'import', '--from', from, '--url', at, ...prefix, ...more];
};
const run = (from: string, more?: readonly string[], url?: string): Promise<Ran> =>
  runSwitchyard(databases, importing(from, more, url));

const find = async (sid: string): Promise<SessionRecord | undefined> => {
  const [result] = await store.load([encodeKey(sid as SessionKey)]);
  return result?.status === 'found' ? result.record : undefined;
};
const rows = async (): Promise<number | null> => (await databases.sessions.query('select from session')).rowCount;

describe('npx switchyard sessions import --from connect-redis', () => {
  it('copies what is alive, as it is, and the shop goes on with it', async () => {
    const library = await redis.open();
    const theirs = asPromises(library);
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => theirs.set(`visitor-${n}`, { n, user: { id: n % 3 } }, HOUR)),
    );
    await theirs.touch('visitor-1', { n: 1 }, 5 * HOUR);
    await redis.client.lPush(`${redis.prefix}no-session`, 'x');
    expect(await run('connect-redis', ['--user', 'user.id'])).toEqual({
      code: 0,
      stdout:
        'sessions: 60 entries read; 60 sessions copied\n' +
        'sessions: compared: 60 the same\nclean: every session of the source is here\n',
      stderr: '',
    });
    expect(await rows()).toBe(60);
    const record = await find('visitor-1');
    expect(record?.data).toBe(await redis.client.get(`${redis.prefix}visitor-1`));
    expect(record?.userId).toBe('1');
    expect(Math.abs((record?.expiresAt.getTime() as number) - Date.now() - 5 * HOUR)).toBeLessThan(30_000);
    const shop = asPromises(expressSessionStore(session, { store }));
    expect(await shop.get('visitor-7')).toMatchObject({ n: 7, cookie: { path: '/' } });
    await shop.set('visitor-7', { n: 8 });
    expect(await shop.get('visitor-7')).toMatchObject({ n: 8 });
    const sessions = createSessions({ store, codec: expressSessionCodec(), keyAlphabet: 'base64url' });
    await sessions.open('visitor-7').set('seen', true);
    expect(await sessions.open('visitor-7').get('n')).toBe(8);
  });

  it('names what cannot be read by a hash of its key, leaves it, and says that this is not all', async () => {
    await asPromises(await redis.open()).set('visitor-of-the-shop', { secret: 1 });
    await redis.client.set(`${redis.prefix}garbled-session-key`, '{"password":"hunter2');
    const { code, stdout, stderr } = await run('connect-redis');
    expect(code).toBe(4);
    expect(stdout).toMatch(/✗ 1 cannot be read, and stay where they are \(SHA-256 of the key\): [0-9a-f]{8}\n/);
    expect(stdout).toContain(encodeKey('garbled-session-key' as SessionKey).slice(0, 8));
    expect(stdout + stderr).not.toMatch(/garbled|hunter2/);
    expect(await rows()).toBe(1);
    expect(await redis.client.get(`${redis.prefix}garbled-session-key`)).toBe('{"password":"hunter2');
  });

  it('gives an end to what has none', async () => {
    await asPromises(await redis.open({ disableTTL: true })).set('endless-session', { n: 1 });
    const { code, stdout } = await run('connect-redis', ['--ttl', '3600']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 never end at their source')]);
    const expiresAt = (await find('endless-session'))?.expiresAt.getTime() as number;
    expect(Math.abs(expiresAt - Date.now() - HOUR)).toBeLessThan(30_000);
    await sleep(1_600);
    expect((await run('connect-redis', ['--verify'])).code).toBe(0);
  });

  it('never goes over what is newer here, or was ended here', async () => {
    const theirs = asPromises(await redis.open());
    const shop = asPromises(expressSessionStore(session, { store }));
    for (const sid of ['changed-here', 'ended-here', 'changed-there']) await theirs.set(sid, { at: 'the source' });
    expect((await run('connect-redis')).code).toBe(0);
    await shop.set('changed-here', { at: 'our shop' });
    await shop.destroy('ended-here');
    await theirs.set('changed-there', { at: 'the source, later' }, 2 * HOUR);
    await theirs.set('changed-here', { at: 'the source, too late' }, 2 * HOUR);
    expect(await run('connect-redis', ['--verify'])).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(
        /compared: 0 the same, 2 newer here, 1 older here\n✗ [0-9a-f]{8}…  older here\nNOT clean/,
      ),
    });
    expect(await run('connect-redis')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 entries read; 1 session copied'),
    });
    expect(await shop.get('changed-here')).toMatchObject({ at: 'our shop' });
    expect(await shop.get('ended-here')).toBeNull();
    expect(await shop.get('changed-there')).toMatchObject({ at: 'the source, later' });
  });

  it('copies what was changed within the second that it was copied in', async () => {
    const key = `${redis.prefix}changed-at-once`;
    await redis.client.set(key, '{"cookie":{},"n":1}', { expiration: { type: 'PX', value: HOUR } });
    expect((await run('connect-redis')).code).toBe(0);
    await redis.client.set(key, '{"cookie":{},"n":2}', { KEEPTTL: true });
    expect((await run('connect-redis')).code).toBe(0);
    expect((await find('changed-at-once'))?.data).toBe('{"cookie":{},"n":2}');
  });

  it('is clean once more while the library writes all the time', async () => {
    const theirs = asPromises(await redis.open());
    const sids = Array.from({ length: 40 }, (_, n) => `busy-visitor-${n}`);
    await Promise.all(sids.map((sid) => theirs.set(sid, { n: 0 }, HOUR)));
    let isOver = false;
    const writes = sids.map(async (sid, i) => {
      for (let n = 1; !isOver; n++) {
        if (n % 7 === i % 7) await theirs.destroy(sid);
        else if (n % 3 === 0) await theirs.touch(sid, { n }, HOUR + n * 1_000);
        else await theirs.set(sid, { n }, HOUR + n * 1_000);
        await sleep(3);
      }
    });
    try {
      expect([0, 4]).toContain((await run('connect-redis', ['--batch', '5'])).code);
    } finally {
      isOver = true;
      await Promise.all(writes);
    }
    expect(await run('connect-redis')).toMatchObject({ code: 0 });
    for (const sid of sids) {
      const theirsNow = await theirs.get(sid);
      if (theirsNow !== null) expect((await find(sid))?.data).toBe(await redis.client.get(redis.prefix + sid));
    }
  });

  it('takes out again what a move behind two flags has put in, and goes by its version', async () => {
    const library = await redis.open();
    const wrapped = asPromises(
      expressSessionStore(session, { store: fromConnectRedis(library), keyEncoding: 'plain' }),
    );
    await wrapped.set('marked-session', { n: 1 });
    expect((await run('connect-redis')).code).toBe(0);
    const [found] = await fromConnectRedis(library).load(['marked-session' as never]);
    const { record } = found as { record: SessionRecord };
    expect(await find('marked-session')).toMatchObject({ data: record.data, version: record.version });
    expect(record.data).not.toContain('_switchyard');
  });

  it('goes on where it was when it was killed', async () => {
    const theirs = asPromises(await redis.open());
    await Promise.all(Array.from({ length: 400 }, (_, n) => theirs.set(`visitor-of-many-${n}`, { n })));
    const killed = startSwitchyard(databases, importing('connect-redis', ['--batch', '10', '--rate', '20']));
    try {
      const read = async (): Promise<number> =>
        Number((await databases.sessions.query('select max(token) as read from session_lease')).rows[0]?.read ?? 0);
      while ((await read()) < 10) await sleep(20);
    } finally {
      killed.kill();
    }
    await killed.ended;
    const copied = (await rows()) as number;
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThan(400);
    const again = await run('connect-redis');
    expect(again.stderr).toMatch(/Going on after \d+ entries/);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('compared: 400 the same') });
    expect(await rows()).toBe(400);
    expect((await databases.sessions.query('select from session_lease')).rowCount).toBe(0);
  });

  it('stops at Ctrl-C, tells so, and begins anew when it is told to', async () => {
    const theirs = asPromises(await redis.open());
    await Promise.all(Array.from({ length: 100 }, (_, n) => theirs.set(`visitor-of-many-${n}`, { n })));
    const stopped = startSwitchyard(databases, importing('connect-redis', ['--batch', '10', '--rate', '1']));
    try {
      while (((await rows()) as number) === 0) await sleep(20);
      stopped.interrupt();
      expect(await stopped.ended).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('stopped, give the command again to go on'),
      });
    } finally {
      stopped.kill();
    }
    const { stdout, stderr } = await run('connect-redis', ['--restart', '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      copied: { read: 100, resumedAt: 0, done: true },
      compared: { counts: { same: 100, missing: 0 }, findings: [], done: true },
      clean: true,
    });
  });
});

describe('npx switchyard sessions import from a Redis that dies', () => {
  it('says so, and keeps where it has come to', async () => {
    const own = await startOwnRedis();
    try {
      const client = new Redis(own.port, { maxRetriesPerRequest: 1, retryStrategy: null });
      client.on('error', () => undefined);
      const keys = Array.from({ length: 200 }, (_, n) => [`sess:visitor-of-many-${n}`, `{"cookie":{},"n":${n}}`]);
      await client.mset(keys.flat());
      client.disconnect();
      const more = ['--batch', '10', '--rate', '20', '--json'];
      const url = `redis://127.0.0.1:${own.port}`;
      const ended = runSwitchyard(databases, ['sessions', 'import', '--from', 'connect-redis', '--url', url, ...more]);
      while (((await rows()) as number) === 0) await sleep(20);
      await own.stop();
      expect(await ended).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('[SOURCE_UNREACHABLE]'),
      });
      expect((await databases.sessions.query('select from session_lease')).rowCount).toBe(1);
    } finally {
      await own.stop();
    }
  });

  const startOwnRedis = async () => {
    const port = await freePort();
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
    const exited = once(child, 'exit');
    for await (const text of child.stdout) if (String(text).includes('Ready to accept')) break;
    const stop = async (): Promise<void> => {
      child.kill('SIGKILL');
      await exited;
    };
    return { port, stop };
  };
});

describe('npx switchyard sessions import --from prisma-session-store', () => {
  it('copies the sessions of the model’s table', async () => {
    const library = openPrismaSessionStore(databases.urls.main);
    try {
      const theirs = asPromises(library.store);
      for (let n = 0; n < 12; n++) await theirs.set(`visitor-${n}`, { n }, HOUR);
      await library.prisma.session.update({ where: { sid: 'visitor-3' }, data: { expiresAt: new Date(0) } });
      expect(await run('prisma-session-store', ['--batch', '5'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('11 entries read; 11 sessions copied'),
      });
      const { expiresAt } = await library.prisma.session.findUniqueOrThrow({ where: { sid: 'visitor-4' } });
      expect(await find('visitor-4')).toMatchObject({ expiresAt, data: expect.stringContaining('"n":4') });
      expect(await find('visitor-3')).toBeUndefined();
    } finally {
      await library.close();
    }
  });

  it('copies those of a table with other names', async () => {
    await databases.main
      .query(`create schema shop; create table shop.visits (id text, token text, body text, ends timestamp(3));
      insert into shop.visits values ('1', 'somebody-s-session', '{"n":1}', now() at time zone 'UTC' + interval '1 hour')`);
    const names = ['--table', 'shop.visits', '--columns', 'token', 'body', 'ends'];
    expect((await run('prisma-session-store', names)).code).toBe(0);
    expect((await find('somebody-s-session'))?.data).toBe('{"n":1}');
  });
});

describe('npx switchyard sessions import --from connect-pg-simple', () => {
  it('copies its sessions byte for byte, under their keys in clear if that is wanted', async () => {
    const PgSession = connectPgSimple(session);
    const library = new PgSession({ pool: databases.main, tableName: 'visit', pruneSessionInterval: false });
    const theirs = asPromises(library);
    for (let n = 0; n < 8; n++) await theirs.set(`visitor-${n}`, { n, größe: '\u0000' }, HOUR);
    expect(await run('connect-pg-simple', ['--table', 'visit', '--key-encoding', 'plain'])).toMatchObject({ code: 0 });
    const { rows: copied } = await databases.sessions.query('select session_key, data from session order by 1');
    const { rows: source } = await databases.main.query(
      'select sid as session_key, sess::text as data from visit order by 1',
    );
    expect(copied).toEqual(source);
    expect(await run('connect-pg-simple', ['--table', 'visit', '--key-encoding', 'sha256'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('are in clear'),
    });
  });

  it.each(['Asia/Kolkata', 'America/New_York'])('reads times that were written in %s, and no other', async (zone) => {
    const cookie = JSON.stringify({ cookie: { expires: new Date(Date.now() + HOUR / 2) }, n: 1 });
    await databases.main.query(
      `insert into visit select 'session-of-somebody-' || n, $1::json, date_trunc('second', $2::timestamptz at time zone $3) + interval '1 second'
       from generate_series(0, 4) n`,
      [cookie, new Date(Date.now() + HOUR / 2), zone],
    );
    for (const [given, words] of [
      [[], 'Name the zone that they were written in'],
      [['--time-zone', 'Europe/Atlantis'], 'knows no time zone of that name'],
    ] as const)
      expect(await run('connect-pg-simple', ['--table', 'visit', ...given])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(words),
      });
    expect((await run('connect-pg-simple', ['--table', 'visit', '--time-zone', zone])).code).toBe(0);
    const left = ((await find('session-of-somebody-1'))?.expiresAt.getTime() as number) - Date.now();
    expect(Math.abs(left - HOUR / 2)).toBeLessThan(30_000);
  });
});

describe('npx switchyard sessions import --from django', () => {
  const codec = djangoCodec({ secretKeys: ['the secret of before'] });
  const secrets = { DJANGO_SECRET_KEY: 'the secret', DJANGO_SECRET_KEY_FALLBACKS: '["the secret of before"]' };
  const runDjango = (environment: NodeJS.ProcessEnv): Promise<Ran> =>
    runSwitchyard(databases, importing('django'), environment);

  it('copies what is signed with one of the secrets, and knows the users', async () => {
    const keys = Array.from({ length: 5 }, () => drawSessionKey());
    for (const [n, key] of keys.entries())
      await databases.main.query(`insert into django_session values ($1, $2, now() + interval '1 hour')`, [
        key,
        codec.encode({ _auth_user_id: String(n), basket: { tea: n } }),
      ]);
    await databases.main.query(`update django_session set session_data = session_data || 'x' where session_key = $1`, [
      keys[4],
    ]);
    const { code, stdout } = await runDjango(secrets);
    expect([code, stdout]).toEqual([4, expect.stringContaining('5 entries read; 4 sessions copied')]);
    expect(stdout).toContain('✗ 1 cannot be read');
    const record = (await find(keys[2] as string)) as SessionRecord;
    expect([record.userId, codec.decode(record.data)]).toEqual(['2', { _auth_user_id: '2', basket: { tea: 2 } }]);
    const shop = createSessions<{ basket: object }>({ store, codec }).open(keys[2]);
    await shop.update((data) => ({ ...data, basket: { tea: 3 } }));
    expect(codec.decode((await find(keys[2] as string))?.data as string)).toMatchObject({ basket: { tea: 3 } });
  });

  it.each([
    [{ DJANGO_SECRET_KEY: '' }, 'set DJANGO_SECRET_KEY'],
    [{ ...secrets, DJANGO_SECRET_KEY_FALLBACKS: 'hunter2' }, 'a JSON list'],
  ])('asks for the secrets: %j', async (environment, words) => {
    const { code, stderr } = await runDjango(environment);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('npx switchyard sessions import', () => {
  it('says what it would do', async () => {
    await asPromises(await redis.open()).set('visitor-of-the-shop', { n: 1 });
    expect(await run('connect-redis', ['--dry-run'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^from connect-redis at [\w.]+:\d+\/9, keys \S+\*: about \d+ entries\ninto the database "sessions", keys as SHA-256\n$/,
      ),
      stderr: '',
    });
    expect(await rows()).toBe(0);
  });

  it('may go into the main database', async () => {
    await asPromises(await redis.open()).set('visitor-of-the-shop', { n: 1 });
    expect(await run('connect-redis', ['--database', 'main'])).toMatchObject({ code: 0 });
    expect((await databases.main.query('select from session')).rowCount).toBe(1);
  });

  it('does not go into a database that a move has claimed', async () => {
    await asPromises(await redis.open()).set('visitor-of-the-shop', { n: 1 });
    await databases.sessions.query(`update session_fence set move_id = '00000000-0000-0000-0000-00000000000a'`);
    try {
      for (const more of [[], ['--dry-run']])
        expect(await run('connect-redis', more)).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(/move cancel.*set move_id = null \[MOVE_CLAIMED\]/),
        });
      expect(await rows()).toBe(0);
    } finally {
      await databases.sessions.query('update session_fence set move_id = null');
    }
  });

  const NOWHERE = 'postgres://ada:hunter2@127.0.0.1:9/shop';
  it.each([
    ['no server', 'connect-redis', [], 'redis://:hunter2@127.0.0.1:9', 'SOURCE_UNREACHABLE'],
    ['no server', 'django', [], NOWHERE, 'SOURCE_UNREACHABLE'],
    ['no number of a database', 'connect-redis', [], 'redis://127.0.0.1:9/hunter2', 'IMPORT_OPTION_INVALID'],
    ['a URL of something else', 'connect-redis', [], NOWHERE, 'IMPORT_OPTION_INVALID'],
    ['what is no URL', 'connect-pg-simple', [], 'hunter2', 'IMPORT_OPTION_INVALID'],
    ['no URL', 'connect-pg-simple', [], '', 'SWITCHYARD_SOURCE_URL'],
    ['a table that there is none of', 'connect-pg-simple', ['--table', 'nope'], undefined, 'SOURCE_NOT_FOUND'],
    ['a table of another database', 'django', ['--table', 'a.b.c'], undefined, 'SOURCE_NOT_FOUND'],
    ['a table with other columns', 'prisma-session-store', ['--table', 'visit'], undefined, 'SOURCE_NOT_FOUND'],
    ['a prefix of a table', 'django', ['--prefix', 'x'], undefined, '--prefix is for connect-redis'],
    ['two columns', 'prisma-session-store', ['--columns', 'a', 'b'], undefined, 'three names'],
    ['a library that is not known', 'memcached', [], undefined, 'connect-redis, prisma-session-store'],
  ] as const)('refuses %s of %s in words, with exit code 2', async (_, from, more, url, words) => {
    const { code, stdout, stderr } = await runSwitchyard(databases, importing(from, more, url), {
      DJANGO_SECRET_KEY: 'hunter2',
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('hunter2');
    expect(stderr).not.toContain('    at ');
  });

  it('does not take a view that fails for a server that does not answer', async () => {
    await databases.main.query(`insert into visit values ('somebody-s-session', '{}', now() + interval '1 hour');
      create view failing as select sid, sess, expire + interval '1 s' / (length(sid) * 0) as expire from visit`);
    const { code, stderr } = await run('connect-pg-simple', ['--table', 'failing']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/SQLSTATE 22012.*SOURCE_UNSUPPORTED/)]);
  });

  it('refuses a database that the Redis has not, instead of reading another', async () => {
    const { code, stderr } = await run('connect-redis', [], new URL('/4096', redis.url).href);
    expect([code, stderr]).toEqual([2, expect.stringContaining('no database 4096')]);
    expect(stderr).toContain('[SOURCE_NOT_FOUND]');
  });

  it.each([
    ['a user that there is none of', (url: URL) => (url.username = 'nobody'), 'SOURCE_REFUSED'],
    ['a database that there is none of', (url: URL) => (url.pathname = '/nothing'), 'SOURCE_NOT_FOUND'],
  ])('refuses %s', async (_, change, words) => {
    const url = new URL(databases.urls.main);
    change(url);
    const { code, stderr } = await run('connect-pg-simple', ['--table', 'visit'], url.href);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
