import { checkDatabases, type Finding } from '@switchyard/databases';
import { copyProject, openTestDatabases } from '@switchyard/databases/testing';

describe('what only SQL can say, and no Prisma schema, is known:', () => {
  const CHANGES: readonly (readonly [what: string, sql: string, table: string, words: string])[] = [
    ['a trigger', 'drop trigger session_version_rises on session', 'session', 'trigger session_version_rises: CREATE'],
    [
      'a trigger that is switched off',
      'alter table session disable trigger session_delete_refused',
      'session',
      '(disabled) in the database',
    ],
    [
      'the body of a trigger’s function',
      `create or replace function session_refuse_delete() returns trigger language plpgsql as 'begin return new; end'`,
      'session',
      'function session_refuse_delete: with the body',
    ],
    [
      'a generated column',
      'alter table session alter column expires_hour drop expression',
      'session',
      'column expires_hour: timestamp(3) without time zone generated as date_trunc',
    ],
    [
      'fillfactor',
      'alter table session set (fillfactor = 90)',
      'session',
      'fillfactor: 70 by its migrations, 90 in the',
    ],
    [
      'an index with which no touch is a heap-only update',
      'create index on session (expires_at)',
      'session',
      'index session_expires_at_idx: not by its migrations, CREATE INDEX',
    ],
    ['a check', 'alter table session drop constraint session_version_check', 'session', 'session_version_check: CHECK'],
    [
      'a check of the fences',
      'alter table session_fence drop constraint session_fence_state_check',
      'session_fence',
      'session_fence_state_check: CHECK',
    ],
    ['who is woken', 'drop trigger session_outbox_filled on session_outbox', 'session_outbox', 'session_outbox_filled'],
  ];
  const found: Finding[][] = [];
  beforeAll(async () => {
    const [changed, asIs] = [await openTestDatabases(), copyProject()];
    const look = async (): Promise<void> => {
      const { main, sessions } = changed;
      const pools = [
        { alias: 'main', pool: main },
        { alias: 'sessions', pool: sessions },
      ] as const;
      found.push([...(await checkDatabases(asIs.folder, pools)).findings]);
    };
    for (const alias of ['sessions', 'main'] as const) {
      for (const [, sql] of CHANGES) await changed[alias].query(sql);
      await look();
    }
    asIs.remove();
    await changed.close();
  });

  it.each(CHANGES)('%s, in one database and in both alike', (_what, _sql, table, words) => {
    const [inOne, inBoth] = found.map((findings) => findings.filter(({ message }) => message.includes(words)));
    const base = { code: 'TABLES_NOT_AS_MIGRATIONS', subject: table, todo: expect.stringContaining('--mark-applied') };
    expect(inOne).toMatchObject([{ ...base, databases: ['sessions'] }]);
    expect(inBoth).toMatchObject([
      { ...base, databases: ['main'] },
      { ...base, databases: ['sessions'] },
    ]);
  });

  it('each once, and nothing else is found', () => {
    expect(
      found.map((findings) => findings.map(({ subject, databases: where }) => `${subject} ${String(where)}`)),
    ).toEqual([
      ['session sessions', 'session_fence sessions', 'session_outbox sessions'],
      ...[
        ['main', 'sessions'].flatMap((alias) =>
          ['session', 'session_fence', 'session_outbox'].map((table) => `${table} ${alias}`),
        ),
      ],
    ]);
  });
});
