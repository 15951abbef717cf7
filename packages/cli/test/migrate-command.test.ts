import { copyProject, openTestDatabases, type ProjectCopy, type TestDatabases } from '@switchyard/databases/testing';
import { runSwitchyard, startSwitchyard, type Ran } from './support/run-switchyard.ts';

const INIT = '20260101000000_init';
const ADDED = '20260201000000_add_note';

describe('npx switchyard migrate', () => {
  let project: ProjectCopy;
  let databases: TestDatabases;
  beforeEach(async () => {
    project = copyProject();
    databases = await openTestDatabases();
    jest.spyOn(process, 'cwd').mockReturnValue(project.folder);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await databases.close();
    project.remove();
  });

  const run = (args: string, environment?: NodeJS.ProcessEnv): Promise<Ran> =>
    runSwitchyard(databases, ['migrate', ...args.split(' ')], environment);

  const addNote = (): void => project.addMigration('sessions', ADDED, 'alter table session add column note text;\n');

  const recorded = async (): Promise<string[]> =>
    (await databases.sessions.query('select migration_name as name from _prisma_migrations order by 1')).rows.map(
      ({ name }) => name as string,
    );

  it('--plan prints what would be applied, with its SQL, and changes nothing', async () => {
    expect(await run('sessions --database sessions --plan')).toMatchObject({
      code: 0,
      stdout: 'sessions: nothing to apply\n',
    });
    addNote();
    expect(await run('sessions --database sessions --plan')).toMatchObject({
      code: 0,
      stdout: `sessions: 1 to apply; nothing is changed yet\n-- ${ADDED}\nalter table session add column note text;\n`,
    });
    expect(JSON.parse((await run('sessions --database sessions --plan --json')).stdout)).toEqual({
      database: 'sessions',
      pending: [{ name: ADDED, sql: 'alter table session add column note text;\n' }],
    });
    expect(await recorded()).toEqual([INIT]);
  });

  it('--create writes a migration of the difference, which then applies, and says when there is none', async () => {
    expect(await run('sessions --database sessions --create note')).toMatchObject({
      code: 0,
      stdout: 'sessions: nothing to create: the migrations make what prisma/sessions/schema.prisma says\n',
    });
    project.editSchema('sessions', '  version     BigInt ', '  note        String?\n  version     BigInt ');
    const { stdout } = await run('sessions --database sessions --create note');
    expect(stdout).toMatch(/^sessions: created prisma\/sessions\/migrations\/\d{14}_note\/migration.sql\n$/);
    expect(await run('sessions --database sessions')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^sessions: applied \d{14}_note\n$/),
    });
  });

  it('--create warns of a migration that drops something', async () => {
    project.editSchema(
      'sessions',
      '  createdAt   DateTime  @default(now()) @map("created_at") @db.Timestamptz(3)\n',
      '',
    );
    expect((await run('sessions --database sessions --create less')).stdout).toContain('It drops tables or columns');
  });

  it('--mark-applied and --mark-rolled-back settle a migration that failed, as its message says', async () => {
    project.addMigration('sessions', ADDED, 'select 1 / 0;');
    const failed = await run('sessions --database sessions');
    expect(failed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('division by zero') });
    expect(failed.stderr).toContain(`npx switchyard migrate sessions --database sessions --mark-rolled-back ${ADDED}`);
    expect(await run(`sessions --database sessions --mark-rolled-back ${ADDED}`)).toMatchObject({
      code: 0,
      stdout: `sessions: marked ${ADDED} as rolled back\n`,
    });
    expect(await run('sessions --database sessions --list')).toMatchObject({
      code: 0,
      stdout: `sessions\n [X] ${INIT}\n [ ] ${ADDED}\n`,
    });
    expect(await run(`sessions --database sessions --mark-applied ${ADDED} --json`)).toMatchObject({
      code: 0,
      stdout: `{"database":"sessions","marked":"${ADDED}","as":"applied"}\n`,
    });
    expect(await run('sessions --database sessions')).toMatchObject({ stdout: 'sessions: nothing to apply\n' });
  });

  it('--list tells a migration that is being applied from one that failed half-way', async () => {
    addNote();
    await databases.sessions.query(
      `insert into _prisma_migrations (id, checksum, migration_name) values ('x', '', $1)`,
      [ADDED],
    );
    expect(await run('sessions --database sessions --list')).toMatchObject({
      code: 4,
      stdout: expect.stringContaining(` [!] ${ADDED}  (failed half-way)`),
    });
    const other = await databases.sessions.connect();
    await other.query('select pg_advisory_lock(72707369)');
    expect(await run('sessions --database sessions --list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(` [ ] ${ADDED}  (being applied now)`),
    });
    other.release(true);
  });

  it('says on stderr that it waits for another one', async () => {
    addNote();
    const other = await databases.sessions.connect();
    await other.query('select pg_advisory_lock(72707369)');
    const running = run('sessions --database sessions');
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted
                       and database = (select oid from pg_database where datname = current_database())`;
    while ((await databases.sessions.query(waiting)).rowCount === 0);
    await other.query('select pg_advisory_unlock(72707369)');
    other.release();
    expect(await running).toMatchObject({
      code: 0,
      stdout: `sessions: applied ${ADDED}\n`,
      stderr: expect.stringContaining('Another migration of "sessions" is under way'),
    });
  });

  describe('--all', () => {
    it('goes through every database, with a line for each', async () => {
      addNote();
      expect(await run('--all')).toMatchObject({
        code: 0,
        stdout: `main: nothing to apply\nsessions: applied ${ADDED}\n`,
      });
      expect(await run('--all --list')).toMatchObject({
        code: 0,
        stdout: `main\n [X] ${INIT}\nsessions\n [X] ${INIT}\n [X] ${ADDED}\n`,
      });
    });

    it('goes on where one is refused, and says so in its exit code', async () => {
      addNote();
      await databases.main.query(`update _prisma_migrations set checksum = 'other'`);
      const { code, stdout } = await run('--all');
      expect(code).toBe(2);
      expect(stdout).toMatch(/^main: .*\[MIGRATION_EDITED\]\nsessions: applied/);
      expect(await run('--all --list')).toMatchObject({ code: 4 });
      const { databases: facts } = JSON.parse((await run('--all --json')).stdout) as { databases: unknown[] };
      expect(facts).toEqual([
        { database: 'main', refused: expect.stringContaining('MIGRATION_EDITED') },
        { database: 'sessions', applied: [] },
      ]);
    });
  });

  describe('switchyard.config.ts', () => {
    const config = (text: string): void => project.write('switchyard.config.ts', text);
    const FREEZE = `
      export const routers = [
        { name: 'freeze', allowMigrate: (alias: string) => (alias === 'sessions' ? false : undefined) },
      ];`;

    it('keeps migrations out of a database, by the router’s name, and nothing is recorded', async () => {
      addNote();
      config(FREEZE);
      for (const args of ['', ' --plan', ` --mark-applied ${ADDED}`]) {
        expect(await run(`sessions --database sessions${args}`)).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(/router 'freeze'.*"sessions".*\[MIGRATION_NOT_ALLOWED\]/),
        });
      }
      expect(await recorded()).toEqual([INIT]);
      expect(await run('--all')).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(/^main: nothing.*\nsessions: .*'freeze'/),
      });
      expect(await run('sessions --database sessions --list')).toMatchObject({ code: 0 });
    });

    it('names the router that keeps a schema at home', async () => {
      config(`import { byModel } from '@switchyard/router';
        export const routers = [byModel({ session: 'sessions' }, { name: 'home', schemas: { sessions: 'sessions' } })];`);
      expect((await run('sessions --database main')).stderr).toMatch(/router 'home'.*\[MIGRATION_NOT_ALLOWED\]/);
    });

    it('cannot let a schema into the database of another', async () => {
      config('export const routers = [{ allowMigrate: () => true }];');
      expect((await run('sessions --database main')).stderr).toContain('[ALIAS_UNKNOWN]');
      const { rows } = await databases.main.query('select count(*)::int as n from _prisma_migrations');
      expect(rows).toEqual([{ n: 1 }]);
    });

    it('may be JavaScript', async () => {
      project.write('switchyard.config.mjs', FREEZE.replace(': string', ''));
      jest.restoreAllMocks();
      const running = startSwitchyard(databases, ['migrate', 'sessions', '--database', 'sessions'], {}, project.folder);
      expect(await running.ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`router 'freeze'`) });
    });
  });
});

describe('npx switchyard migrate refuses', () => {
  let project: ProjectCopy;
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());
  beforeEach(() => {
    project = copyProject();
    jest.spyOn(process, 'cwd').mockReturnValue(project.folder);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    project.remove();
  });

  const run = (args: string): Promise<Ran> => runSwitchyard(databases, ['migrate', ...args.split(' ')]);

  it.each([
    ['exports something else', 'export const router = {};', 'CONFIG_INVALID'],
    ['has routers that are no array', 'export const routers = {};', 'CONFIG_INVALID'],
    ['has copies of what is not there', `export const copies = { replica: 'nowhere' };`, 'CONFIG_INVALID'],
    ['cannot be loaded', 'import "./nowhere.ts";', 'CONFIG_INVALID'],
    ['has a router that throws', 'export const routers = [{ allowMigrate: () => null.x }];', 'CONFIG_INVALID'],
    ['has a router that does not say', 'export const routers = [{ allowMigrate: () => null }];', 'INVALID_ROUTER'],
    ['has a misspelt router', 'export const routers = [{ allowMigration: () => true }];', 'INVALID_ROUTER'],
  ])('in words a configuration that %s', async (_, text, code) => {
    project.write('switchyard.config.ts', text);
    expect(await run('main --database main')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`[${code}]`),
    });
  });

  it.each([
    ['neither a schema nor --all', '--list', 'missing required argument'],
    ['a schema and --all', 'main --all', '--all is for every schema'],
    ['a database and --all', '--all --database main', 'cannot be used with'],
    ['two things to do', 'main --database main --list --plan', 'cannot be used with'],
    ['a new migration for every schema', '--all --create x', 'cannot be used with'],
    ['a name that is no name', 'main --database main --create ../x', 'letters, digits'],
    ['a migration that is not there', 'main --database main --mark-applied nope', '[MIGRATION_UNKNOWN]'],
    ['a migration that is settled', `main --database main --mark-rolled-back ${INIT}`, '[MIGRATION_SETTLED]'],
  ])('%s', async (_, args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
  });
});
