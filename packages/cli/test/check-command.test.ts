import { copyProject, openTestDatabases, type ProjectCopy, type TestDatabases } from '@switchyard/databases/testing';
import { runSwitchyard, startSwitchyard, type Ran } from './support/run-switchyard.ts';

interface Found {
  readonly code: string;
  readonly databases: readonly string[];
  readonly message: string;
  readonly todo: string;
}

describe('npx switchyard check', () => {
  let project: ProjectCopy;
  let untouched: TestDatabases;
  let databases: TestDatabases;
  beforeAll(async () => {
    untouched = await openTestDatabases();
  });
  afterAll(() => untouched.close());
  beforeEach(() => {
    project = copyProject();
    databases = untouched;
    jest.spyOn(process, 'cwd').mockReturnValue(project.folder);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    if (databases !== untouched) await databases.close();
    project.remove();
  });

  /** Databases of the test's own, changed by hand. */
  const change = async (sql: Partial<Record<'main' | 'sessions', string>>): Promise<void> => {
    databases = await openTestDatabases();
    for (const alias of ['main', 'sessions'] as const) await databases[alias].query(sql[alias] ?? '');
  };

  const run = (args = ''): Promise<Ran> => runSwitchyard(databases, ['check', ...args.split(' ').filter(Boolean)]);

  const routers = (list: string): void =>
    project.write(
      'switchyard.config.ts',
      `import { byModel, flagged, primaryReplica } from '@switchyard/router';
       const behindFlag = (on: ReturnType<typeof byModel>) =>
         flagged({ flag: 'new_db_router_flag', read: () => false, on });
       export const copies = { replica: 'main' };
       export const routers = [${list}];`,
    );

  /** The findings; every one of them has to say what to do. */
  const found = async (): Promise<Found[]> => {
    const { code, stdout, stderr } = await run('--json');
    const { findings } = JSON.parse(stdout) as { findings: Found[] };
    expect([code, stderr]).toEqual([findings.length === 0 ? 0 : 4, '']);
    for (const { todo } of findings) expect(todo).not.toBe('');
    return findings;
  };

  it('finds nothing in this project, whichever way its flag stands', async () => {
    jest.restoreAllMocks();
    expect(await run()).toEqual({ code: 0, stdout: 'nothing found\n', stderr: '' });
  });

  it('finds nothing wrong with replicas that are named as copies', async () => {
    routers(
      `behindFlag(byModel({ session: 'sessions' })), primaryReplica({ primary: 'main', replicas: ['replica'], models: ['product'] })`,
    );
    expect(await found()).toEqual([]);
  });

  it('prints each finding with what to do, and exits with 4', async () => {
    await change({ sessions: 'alter table session reset (fillfactor)', main: 'drop table feature_flag' });
    expect(await run()).toEqual({
      code: 4,
      stderr: '',
      stdout:
        'TABLE_MISSING  The table "feature_flag" of "main" is missing, although 20260101000000_init is recorded as applied.\n' +
        '  → Find out who dropped it, or marked the migration as applied. Make it again by hand, with its part of ' +
        'prisma/main/migrations/20260101000000_init/migration.sql, or restore it from a backup.\n' +
        'TABLES_NOT_AS_MIGRATIONS  The table "session" of "sessions" is not what its migrations make:\n' +
        '    setting fillfactor: 70 by its migrations, not in the database\n' +
        '  → The database was changed by hand. Change it back; or, if it is right, write the change into a migration of its ' +
        'own and take that as applied here: switchyard migrate sessions --database sessions --mark-applied NAME\n' +
        '2 findings\n',
    });
  });

  describe('routers', () => {
    it.each([
      ['an alias that nobody knows', `byModel({ session: 'nowhere' })`, 'UNKNOWN_ALIAS', /'nowhere'/],
      ['a model that nobody has', `byModel({ basket: 'main' })`, 'UNKNOWN_MODEL', /'basket'/],
      [
        'a model sent to a database that lacks it',
        `byModel({ product: 'sessions' })`,
        'MODEL_NOT_IN_DATABASE',
        /'product' to 'sessions'/,
      ],
      [
        'the same behind a flag that is off',
        `behindFlag(byModel({ product: 'sessions' }))`,
        'MODEL_NOT_IN_DATABASE',
        /'product' to 'sessions'/,
      ],
      ['a method that no chain calls', `{ dbForReads: () => 'main' }`, 'INVALID_ROUTER', /dbForReads/],
    ])('with %s are found', async (_, list, code, message) => {
      routers(list);
      expect(await found()).toEqual([expect.objectContaining({ code, message: expect.stringMatching(message) })]);
    });
  });

  describe('what crosses databases', () => {
    it('is found for a relation of a schema, with the flag that parts it', async () => {
      project.editSchema(
        'sessions',
        'model Session {',
        'model User {\n  id String @id @db.Uuid\n  @@map("user")\n}\n\nmodel Session {',
      );
      await change({ sessions: 'create table "user" (id uuid, constraint "user_pkey" primary key (id))' });
      routers(`behindFlag(byModel({ user: 'sessions' }))`);
      const crossing = (await found()).filter(({ code }) => code === 'CROSS_DATABASE_RELATION');
      expect(crossing).toEqual([
        {
          code: 'CROSS_DATABASE_RELATION',
          databases: ['main', 'sessions'],
          message: `The relation Order.user of 'main' ties 'order' to 'user', but while new_db_router_flag is on 'order' is on 'main' and 'user' on 'sessions'.`,
          todo: expect.stringContaining('Route both to the same database'),
        },
      ]);
    });

    it('is found for a relation that is a table of its own', async () => {
      const tag = (fields: string): string => `model Tag {\n  id Int @id\n${fields}}\n\nmodel Session {`;
      project.editSchema('main', 'model Session {', tag('  products Product[] @relation("tags")\n'));
      project.editSchema(
        'main',
        '  lines       OrderLine[]\n',
        '  lines       OrderLine[]\n  tags Tag[] @relation("tags")\n',
      );
      project.editSchema('sessions', 'model Session {', tag(''));
      routers(`byModel({ tag: 'sessions' })`);
      const crossing = (await found()).filter(({ code }) => code === 'CROSS_DATABASE_RELATION');
      expect(crossing.map(({ message }) => message)).toEqual([
        `The relation Product.tags of 'main' ties 'product' to 'tag', but 'product' is on 'main' and 'tag' on 'sessions'.`,
      ]);
    });

    it('is found for a foreign key that no schema knows', async () => {
      await change({
        main: `alter table session_outbox add constraint outbox_session_fkey foreign key (session_key) references session`,
      });
      routers(`behindFlag(byModel({ session: 'sessions' }))`);
      expect(await found()).toContainEqual(
        expect.objectContaining({
          code: 'CROSS_DATABASE_RELATION',
          databases: ['main', 'sessions'],
          message: expect.stringMatching(
            /^The foreign key outbox_session_fkey of 'main' ties 'sessionOutbox' to 'session'/,
          ),
        }),
      );
    });

    it('is not found while nothing is routed away', async () => {
      await change({
        main: `alter table session_outbox add constraint outbox_session_fkey foreign key (session_key) references session`,
      });
      expect((await found()).map(({ code }) => code)).not.toContain('CROSS_DATABASE_RELATION');
    });
  });

  it('finds what differs between the two session models and their tables', async () => {
    project.editSchema('sessions', '  @@index([userId])\n', '');
    project.addMigration('sessions', '20260201000000_less', 'drop index session_user_id_idx;');
    await change({});
    await runSwitchyard(databases, ['migrate', 'sessions', '--database', 'sessions']);
    expect((await found()).map(({ code, databases: where }) => [code, where])).toEqual([
      ['MODELS_DIFFER', ['main', 'sessions']],
      ['TABLES_DIFFER', ['main', 'sessions']],
    ]);
  });

  it('finds what is not migrated', async () => {
    await change({ sessions: 'drop schema public cascade; create schema public' });
    expect((await found()).map(({ code, databases: where }) => [code, where])).toEqual([
      ['MIGRATION_PENDING', ['sessions']],
    ]);
  });

  it('changes nothing', async () => {
    await change({ sessions: 'drop table session_move_cursor' });
    const tables = async (): Promise<unknown> =>
      (await databases.sessions.query(`select oid::text, relname from pg_class order by 1`)).rows;
    const before = await tables();
    await run();
    expect(await tables()).toEqual(before);
  });

  it('says what it could not compare, where its user may not make a database for it', async () => {
    const role = `plain_check_${process.pid}`;
    await databases.sessions.query(`create role ${role} login password 'x'`);
    await databases.sessions.query(`grant select on all tables in schema public to ${role}`);
    const url = new URL(databases.urls.sessions);
    [url.username, url.password] = [role, 'x'];
    const ran = await runSwitchyard({ urls: { ...databases.urls, sessions: url.href } }, ['check', '--json']);
    await databases.sessions.query(`drop owned by ${role}; drop role ${role}`);
    const { skipped } = JSON.parse(ran.stdout) as { skipped: string[] };
    expect([ran.code, skipped]).toEqual([0, [expect.stringMatching(/^"sessions": .*may not create one/)]]);
    expect(ran.stderr).toBe(`Not compared with what its migrations make: ${skipped[0]}\n`);
  });

  it('is refused in words where a database cannot be looked at', async () => {
    const elsewhere = { urls: { ...databases.urls, sessions: 'postgres://u:secret@127.0.0.1:9/x' } };
    const { code, stdout, stderr } = await runSwitchyard(elsewhere, ['check']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('[SERVER_UNREACHABLE]');
    expect(stderr).not.toContain('secret');
  });

  it('runs as a program, with the routers of this project', async () => {
    jest.restoreAllMocks();
    expect(await startSwitchyard(databases, ['check', '--json']).ended).toEqual({
      code: 0,
      stdout: '{"findings":[],"skipped":[]}\n',
      stderr: '',
    });
  });
});
