import { checkDatabases, type CheckedDatabase, type Finding } from '@switchyard/databases';
import { copyProject, openTestDatabases, type ProjectCopy, type TestDatabases } from '@switchyard/databases/testing';

const INIT = '20260101000000_init';

let project: ProjectCopy;
let databases: TestDatabases;

beforeEach(async () => {
  project = copyProject();
  databases = await openTestDatabases();
});
afterEach(async () => {
  await databases.close();
  project.remove();
});

const both = (): CheckedDatabase[] => [
  { alias: 'main', pool: databases.main },
  { alias: 'sessions', pool: databases.sessions },
];

const check = (): Promise<Finding[]> => checkDatabases(project.folder, both());

it('finds nothing in databases that were just migrated', async () => {
  expect(await check()).toEqual([]);
});

describe('migrations', () => {
  it('that are not applied are found, and nothing that follows from that', async () => {
    project.editSchema('sessions', '  version     BigInt ', '  note        String?\n  version     BigInt ');
    project.addMigration('sessions', '20260201000000_note', 'alter table session add column note text;');
    const findings = await check();
    expect(findings.filter(({ code }) => code !== 'MODELS_DIFFER')).toEqual([
      {
        code: 'MIGRATION_PENDING',
        databases: ['sessions'],
        subject: '20260201000000_note',
        message: 'The migration 20260201000000_note of "sessions" is not applied.',
        todo: 'Apply it: switchyard migrate sessions --database sessions',
      },
    ]);
  });

  it.each([
    ['failed half-way', 'update _prisma_migrations set finished_at = null', 'MIGRATION_FAILED'],
    ['edited', `update _prisma_migrations set checksum = 'other'`, 'MIGRATION_EDITED'],
    [
      'not in the folder',
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at)
       values ('1', '', '2020_old', now(), now())`,
      'MIGRATION_NOT_IN_FOLDER',
    ],
  ])('that are %s are found', async (_, sql, code) => {
    await databases.sessions.query(sql);
    expect((await check()).map((finding) => finding.code)).toEqual([code]);
  });
});

describe('tables', () => {
  it('that are recorded as migrated and missing are found, with the migration that made them', async () => {
    await databases.sessions.query('drop table session_move_cursor');
    expect(await check()).toEqual([
      {
        code: 'TABLE_MISSING',
        databases: ['sessions'],
        subject: 'session_move_cursor',
        message: `The table "session_move_cursor" of "sessions" is missing, although ${INIT} is recorded as applied.`,
        todo: expect.stringContaining(`prisma/sessions/migrations/${INIT}/migration.sql`),
      },
    ]);
  });

  it('that the schema has and no migration makes are found', async () => {
    project.editSchema('main', 'model FeatureFlag {', 'model Voucher {\n  id Int @id\n}\n\nmodel FeatureFlag {');
    expect(await check()).toEqual([
      expect.objectContaining({ code: 'TABLE_MISSING', subject: 'Voucher', todo: expect.stringContaining('--create') }),
    ]);
  });

  it('that are not what their schema says are found, with the SQL that would make them so', async () => {
    await databases.main.query('alter table product drop column picture');
    expect(await check()).toEqual([
      expect.objectContaining({
        code: 'TABLES_NOT_AS_SCHEMA',
        databases: ['main'],
        message: expect.stringContaining('ADD COLUMN     "picture"'),
      }),
    ]);
  });
});

describe('a model that both databases have', () => {
  it.each([
    ['a field', '  version     BigInt    @default(1099511627777)', '  version     BigInt', 'field version'],
    ['a type', '  userId      String?   @map("user_id")', '  userId      Int?   @map("user_id")', 'field userId'],
    ['an index', '  @@index([expiresHour])\n', '', '@@index([expiresHour])'],
    ['the table', '@@map("session")', '@@map("sessions")', 'table: session in "main", sessions in "sessions"'],
  ])('may not differ in %s of its schema', async (_, search, replacement, words) => {
    project.editSchema('sessions', search, replacement);
    expect(await check()).toContainEqual(
      expect.objectContaining({
        code: 'MODELS_DIFFER',
        databases: ['main', 'sessions'],
        subject: 'Session',
        message: expect.stringContaining(words),
      }),
    );
  });

  it('may have a relation to a model that only one of them has', async () => {
    project.editSchema(
      'main',
      '  userId      String?   @map("user_id")',
      '  userId      String?   @map("user_id") @db.Uuid\n  user        User?     @relation(fields: [userId], references: [id])',
    );
    project.editSchema('main', '  orders       Order[]', '  orders       Order[]\n  sessions     Session[]');
    project.editSchema(
      'sessions',
      '  userId      String?   @map("user_id")',
      '  userId      String?   @map("user_id") @db.Uuid',
    );
    expect((await check()).map(({ code }) => code)).not.toContain('MODELS_DIFFER');
  });
});
