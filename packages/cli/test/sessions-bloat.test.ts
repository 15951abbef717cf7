import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  createPool,
  findProjectFolder,
  makeTemporaryFolder,
  prismaFolder,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '@switchyard/databases';
import type { BloatReport } from '@switchyard/session-backends';
import { runSwitchyard, type Ran } from './support/run-switchyard.ts';

type Pool = ReturnType<typeof createPool>;
type Report = BloatReport & { database: string };

/** Small enough to be made in a moment, and more than a megabyte. */
const SESSIONS = 2_000;
const ROUNDS = 8;
const EXPIRES = `'2100-01-01T00:10:00Z'::timestamptz`;

/**
 * A server of its own: where a transaction of another test is open, in whatever database, the space of earlier versions
 * is not reclaimed. Its autovacuum is on, and never comes.
 */
let server: EmbeddedPostgres;
let folder: string;
let urls: { main: string; sessions: string };
let main: Pool;
beforeAll(async () => {
  folder = makeTemporaryFolder('switchyard-bloat-');
  server = await startEmbeddedPostgres({
    folder: path.join(folder, 'data'),
    database: 'shop',
    settings: { autovacuum_naptime: '100000', fsync: 'off', max_prepared_transactions: '2' },
  });
  const url = new URL(server.url);
  url.pathname = '/baskets';
  urls = { main: server.url, sessions: url.href };
  // One connection, so that it can be told to hand in its statistics.
  main = createPool(urls.main, { max: 1, statementTimeoutMs: 60_000 });
  await main.query('create database baskets');
  const sessions = createPool(urls.sessions, { max: 1 });
  for (const [alias, pool] of [
    ['main', main],
    ['sessions', sessions],
  ] as const) {
    const migrations = path.join(prismaFolder(findProjectFolder(), alias), 'migrations');
    for (const name of (await readdir(migrations)).filter((each) => /^\d/.test(each)).sort())
      await pool.query(await readFile(path.join(migrations, name, 'migration.sql'), 'utf8'));
  }
  await sessions.end();
  await fill('session', 'session_key, data, expires_at');
  await save(
    'session',
    `data = repeat('ab1' || ($1::int % 10), 220), version = version + 1, expires_at`,
    'session_key',
  );
}, 60_000);
afterAll(async () => {
  await main.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const flush = (): Promise<unknown> => main.query('select pg_stat_force_next_flush()');

async function fill(table: string, columns: string): Promise<void> {
  await main.query(
    `insert into ${table} (${columns})
     select lpad(n::text, 40, '0'), repeat('ab12', 220), ${EXPIRES} from generate_series(1, ${SESSIONS}) n`,
  );
  await flush();
  await main.query(`vacuum (analyze) ${table}`);
}

/** Every session as often as there are rounds, some at a time; each save moves its expiry on by a second. */
async function save(table: string, set: string, key: string): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++)
    for (let part = 0; part < 10; part++)
      await main.query(
        `update ${table} set ${set} = ${EXPIRES} + $1 * interval '1 second' where right(${key}, 1) = $2`,
        [round, String(part)],
      );
  await flush();
}

async function makeDjango(): Promise<void> {
  await main.query(
    `drop table if exists django_session;
     create table django_session (session_key varchar(40) not null primary key, session_data text not null,
       expire_date timestamp with time zone not null);
     create index django_session_key_like on django_session (session_key varchar_pattern_ops);
     create index django_session_expires on django_session (expire_date)`,
  );
  await fill('django_session', 'session_key, session_data, expire_date');
}

const saveDjango = (): Promise<void> =>
  save('django_session', `session_data = repeat('ab1' || ($1::int % 10), 220), expire_date`, 'session_key');

const run = (...args: string[]): Promise<Ran> => runSwitchyard({ urls }, ['sessions', 'bloat', ...args]);

async function look(code: number, ...args: string[]): Promise<Report> {
  const ran = await run('--json', '--database', 'main', ...args);
  expect(ran).toMatchObject({ code, stderr: '' });
  return (JSON.parse(ran.stdout) as { databases: [Report] }).databases[0];
}

const codesOf = ({ findings }: Report): string[] => findings.map(({ code }) => code);
const runsOf = ({ steps }: Report): string[] => steps.map((step) => step.run);
const sizeNow = async (table: string): Promise<number> => {
  const { rows } = await main.query<{ bytes: number }>('select pg_total_relation_size($1)::int as bytes', [table]);
  return rows[0]?.bytes as number;
};
const isNear = (value: number, other: number): void => {
  expect(value / other).toBeGreaterThan(0.8);
  expect(value / other).toBeLessThan(1.25);
};

describe('npx switchyard sessions bloat', () => {
  it('finds nothing in our own tables, whose updates are HOT', async () => {
    const { code, stdout } = await run();
    expect(stdout).toMatch(/^main: session, about 2,000 live rows\n/);
    expect(stdout).toMatch(/\nsessions: session, about 0 live rows\n/);
    expect(stdout.match(/nothing found/g)).toHaveLength(2);
    expect(code).toBe(0);
    const report = await look(0);
    expect(report.updates).toBe(SESSIONS * ROUNDS);
    expect(report.hotShare).toBeGreaterThan(0.95);
    expect(report.steps).toEqual([]);
    isNear(report.sizes.total.freshBytes as number, await sizeNow('session'));
  });

  it('names the index that blocks HOT in Django’s table, and what it tells to run makes it well', async () => {
    await makeDjango();
    await saveDjango();
    const before = await look(4, '--table', 'django_session');
    expect(codesOf(before)).toEqual(['SPACE_DEAD', 'HOT_BLOCKED', 'NO_ROOM', 'AUTOVACUUM_RARE']);
    expect(before.findings[1]).toMatchObject({
      subject: 'public.django_session_expires',
      message: expect.stringContaining('reads expire_date'),
    });
    expect(before.hotShare).toBe(0);
    expect(before.sizes.measured).toBe(false);
    const { total } = before.sizes;
    expect(total.bytes).toBe(await sizeNow('django_session'));
    expect(runsOf(before)).toEqual([
      expect.stringContaining('autovacuum_vacuum_scale_factor = 0.02'),
      'alter table django_session set (fillfactor = 70);',
      `alter table django_session add column expire_date_hour timestamp generated always as (date_trunc('hour', expire_date at time zone 'UTC')) stored;`,
      'create index concurrently on django_session (expire_date_hour);',
      'drop index concurrently public.django_session_expires;',
      'vacuum (analyze) django_session;',
    ]);
    const text = await run('--table', 'django_session');
    expect(text).toMatchObject({ code: 4, stderr: 'The database "sessions" has no such table.\n' });
    expect(text.stdout).toMatch(/dead rows: 16,000; HOT updates: 0\.0 % of 16,000/);
    expect(text.stdout).toMatch(/frees \d+\.\d MB: \d\.\d times smaller/);

    for (const step of before.steps) await main.query(step.run);
    const promised = total.bytes - (before.steps[2]?.freesBytes as number);
    isNear(promised, await sizeNow('django_session'));
    await main.query(`select pg_stat_reset_single_table_counters('django_session'::regclass)`);
    await saveDjango();
    const after = await look(0, '--table', 'django_session');
    expect(after.findings).toEqual([]);
    expect(after.hotShare).toBeGreaterThan(0.95);
  });

  it('measures the live rows where pgstattuple is, and comes to what it had estimated and what a VACUUM FULL leaves', async () => {
    await makeDjango();
    await saveDjango();
    const estimated = await look(4, '--table', 'django_session');
    await main.query('create schema extensions; create extension pgstattuple schema extensions');
    try {
      const measured = await look(4, '--table', 'django_session');
      expect(measured.sizes.measured).toBe(true);
      isNear(measured.sizes.total.freshBytes as number, estimated.sizes.total.freshBytes as number);
      expect(measured.sizes.liveRows).toBe(SESSIONS);
      await main.query('vacuum full django_session');
      isNear(measured.sizes.total.freshBytes as number, await sizeNow('django_session'));
      await main.query(
        `create or replace function extensions.pgstattuple_approx(reloid regclass, out table_len bigint,
           out scanned_percent float8, out approx_tuple_count bigint, out approx_tuple_len bigint,
           out approx_tuple_percent float8, out dead_tuple_count bigint, out dead_tuple_len bigint,
           out dead_tuple_percent float8, out approx_free_space bigint, out approx_free_percent float8)
         language plpgsql as $$ begin raise query_canceled using message = 'as if its time were over'; end $$`,
      );
      const { code, stdout } = await run('--database', 'main', '--table', 'django_session');
      expect([code, stdout]).toEqual([4, expect.stringContaining('an estimate, by pg_class and pg_stats')]);
    } finally {
      await main.query('drop schema extensions cascade');
    }
  });

  it('names an index that reads the expiry through an expression or a condition, and one that a library has', async () => {
    await main.query(
      `create schema shop; create table shop."Session" (sid varchar primary key, sess json not null, "expiresAt" timestamp(6) not null);
       create index by_day on shop."Session" (date_trunc('day', "expiresAt"));
       create index late on shop."Session" (sid) where "expiresAt" > '2030-01-01';
       create index ranges on shop."Session" using brin ("expiresAt")`,
    );
    for (const name of ['shop.Session', 'shop."Session"']) {
      const report = await look(4, '--table', name);
      expect(report.table).toBe('shop."Session"');
      expect(report.findings.map(({ code, subject }) => [code, subject])).toEqual([
        ['HOT_BLOCKED', 'shop.by_day'],
        ['HOT_BLOCKED', 'shop.late'],
      ]);
      expect(runsOf(report)[1]).toBe(
        `alter table shop."Session" add column "expiresAt_hour" timestamp generated always as (date_trunc('hour', "expiresAt")) stored;`,
      );
      expect(runsOf(report).filter((step) => step.startsWith('create index'))).toHaveLength(1);
    }
  });

  it('drops an index on the exact expiry of our table, whose hour is indexed already', async () => {
    await main.query('create index exact on session (expires_at)');
    await main.query(`select pg_stat_reset_single_table_counters('session'::regclass)`);
    try {
      const report = await look(4);
      expect(codesOf(report)).toEqual(['HOT_BLOCKED']);
      expect(runsOf(report)).toEqual(['drop index concurrently public.exact;']);
    } finally {
      await main.query('drop index exact');
    }
  });

  it('sees autovacuum kept away from a table', async () => {
    await main.query('alter table session set (autovacuum_enabled = off)');
    const report = await look(4);
    expect([codesOf(report), report.autovacuum]).toEqual([['AUTOVACUUM_OFF'], 'off for the table']);
    for (const step of report.steps) await main.query(step.run);
    expect((await look(0)).autovacuum).toBe('on');
  });

  it('names the transaction that holds vacuum back, without what it does', async () => {
    const holding = createPool(urls.main, { max: 1, applicationName: 'nightly report' });
    const client = await holding.connect();
    try {
      await client.query('begin isolation level repeatable read');
      const { rows } = await client.query<{ pid: number }>(`select pg_backend_pid() as pid, 'a secret'`);
      await main.query(`update session set version = version + 1 where right(session_key, 1) = '1'`);
      await flush();
      const held = await look(4, '--long', '0');
      const pid = String(rows[0]?.pid);
      expect(held.findings).toEqual([
        {
          code: 'VACUUM_HELD',
          subject: `transaction ${pid}`,
          message: expect.stringMatching(
            /open for \d+ s, [1-9]\d* transactions ago \(user .+, nightly report, idle in transaction\)/,
          ),
        },
      ]);
      expect(runsOf(held)[0]).toBe(`select pg_terminate_backend(${pid});`);
      expect(JSON.stringify(held)).not.toContain('a secret');
      expect((await look(0)).holders.holders).toMatchObject([{ kind: 'transaction', name: pid }]);
    } finally {
      await client.query('rollback');
      client.release();
      await holding.end();
    }
    expect((await look(0, '--long', '0')).holders).toEqual({ holders: [], complete: true });
  });

  it('names a prepared transaction that was left', async () => {
    await main.query(`begin; create table left_over (); prepare transaction 'it''s left'`);
    const report = await look(4, '--long', '0');
    expect(codesOf(report)).toEqual(['VACUUM_HELD']);
    await main.query(runsOf(report)[0] as string);
    await look(0, '--long', '0');
  });

  it('says that the statistics are missing, instead of guessing', async () => {
    await main.query('create table bare as select repeat($1, 500) as data from generate_series(1, 4000)', ['x']);
    await flush();
    const report = await look(4, '--table', 'bare');
    expect(report.sizes.total.freshBytes).toBeUndefined();
    expect(codesOf(report)).toEqual(['NOT_ANALYZED']);
    await main.query(runsOf(report)[0] as string);
    await look(0, '--table', 'bare');
  });

  it('refuses who may not read the table, and says so of transactions that are not seen', async () => {
    await main.query('create role clerk login password $$hidden$$');
    const url = new URL(urls.main);
    url.username = 'clerk';
    url.password = 'hidden';
    const asClerk = { urls: { ...urls, main: url.href } };
    const words = ['sessions', 'bloat', '--database', 'main'];
    expect(await runSwitchyard(asClerk, words)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/grant select on public\.session to clerk; \[TABLE_REFUSED\]/),
    });
    expect(await runSwitchyard(asClerk, [...words, '--table', 'shop.Session'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[TABLE_REFUSED]'),
    });
    await main.query('grant select on session to clerk');
    const { code, stdout } = await runSwitchyard(asClerk, words);
    expect(stdout).toContain('grant pg_read_all_stats');
    expect(code).toBe(0);
  });

  it.each([
    ['a table that is nowhere', ['--table', 'nope'], 'TABLE_UNKNOWN'],
    ['a table that a named database lacks', ['--table', 'bare', '--database', 'main', 'sessions'], 'TABLE_UNKNOWN'],
    ['a name of too many parts', ['--table', 'a.b.c.d'], 'TABLE_UNKNOWN'],
    ['a name that is not closed', ['--table', '"open'], 'TABLE_UNKNOWN'],
    ['no name', ['--table', ''], 'It is empty'],
    ['a view', ['--table', 'pg_stats'], 'TABLE_UNSUPPORTED'],
    ['a table of the server’s own', ['--table', 'pg_class'], 'TABLE_UNSUPPORTED'],
    ['a database that there is none of', ['--database', 'nope'], 'ALIAS_UNKNOWN'],
    ['a time that is none', ['--long', 'soon'], '0 or more'],
  ] as const)('refuses %s in words, with exit code 2', async (_, args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
  });

  it('says what to do in a database without tables', async () => {
    await main.query('alter table session rename to elsewhere');
    try {
      expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining('NOT_MIGRATED') });
    } finally {
      await main.query('alter table elsewhere rename to session');
    }
  });

  it('does not wait for ever for a table that is locked', async () => {
    const url = new URL(urls.main);
    url.searchParams.set('options', '-c lock_timeout=100');
    await main.query('begin; lock table session');
    try {
      expect(await runSwitchyard({ urls: { ...urls, main: url.href } }, ['sessions', 'bloat'])).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('[TABLE_BUSY]'),
      });
    } finally {
      await main.query('rollback');
    }
  });
});
