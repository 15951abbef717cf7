import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteWrite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import pg from 'pg';
import { bucketOfStored } from '../../src/keys.ts';
import { newKey } from '../support/new-key.ts';
import { watchedExecutor, type SentStatement } from '../support/watched-executor.ts';

const GROUP = 64;
const ROWS = 5_000;
const BODY = {
  data: '{}',
  userId: null,
  fresh: true,
  step: 1,
  expectedVersion: undefined,
  expiresAt: new Date('2100-01-01'),
};

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
  await databases.main.query(
    `insert into session (session_key, data, expires_at)
     select encode(sha256(n::text::bytea), 'hex'), repeat('x', 876), now() + interval '1 day' from generate_series(1, $1::int) as n`,
    [ROWS],
  );
  await databases.main.query('vacuum analyze session');
});
afterAll(() => databases.close());

/** A statement for a group of each kind, of which all is done. */
async function groupStatements(): Promise<SentStatement[]> {
  const executor = watchedExecutor(pgExecutor(databases.main));
  const site = postgresSite({ name: 'old', executor });
  const keys = Array.from({ length: GROUP }, newKey).map((key) => ({ key, bucket: bucketOfStored(key) }));
  const write = (kind: SiteWrite['kind']): SiteWrite[] =>
    keys.map((key) => ({ ...key, ...BODY, kind, believedEpoch: 1, adoptedEpoch: null }) as SiteWrite);
  for (const kind of ['create', 'update', 'touch', 'destroy'] as const) await site.write(write(kind));
  await site.load(keys);
  await databases.main.query('delete from session where data is null');
  return executor.sent;
}

interface PlanNode {
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** How many rows its nodes have handed on or thrown away, all together. */
const rowsTouched = (node: PlanNode): number =>
  Object.entries(node).reduce(
    (sum, [name, value]) =>
      name === 'Actual Rows' || name.startsWith('Rows Removed by')
        ? sum + (value as number) * (node['Actual Loops'] ?? 1)
        : sum,
    (node.Plans ?? []).map(rowsTouched).reduce((sum, rows) => sum + rows, 0),
  );

const literal = (value: unknown): string => (value === null ? 'null' : pg.escapeLiteral(String(value)));

/** What it touches when its plan is made for this group, or for groups in general. */
async function rowsFor({ text, values }: SentStatement, plan: 'custom' | 'generic'): Promise<number> {
  const client = await databases.main.connect();
  try {
    await client.query(`begin; set local plan_cache_mode = force_${plan}_plan; prepare measured as ${text}`);
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, format json) execute measured (${values.map(literal).join(', ')})`,
    );
    if (process.env['SHOW']) process.stderr.write(JSON.stringify(rows[0], null, 1));
    return rowsTouched((rows[0] as (typeof rows)[0])['QUERY PLAN'][0].Plan);
  } finally {
    await client.query('rollback; deallocate measured');
    client.release();
  }
}

it.each(['custom', 'generic'] as const)(
  'no statement for a group compares each row with each other, with a %s plan',
  async (plan) => {
    const statements = await groupStatements();
    expect(statements.map(({ name }) => name)).toEqual([
      'sy_create_set',
      'sy_update_set',
      'sy_touch_set',
      'sy_destroy_set',
      'sy_load_set',
    ]);
    for (const statement of statements) {
      const rows = await rowsFor(statement, plan);
      expect({ name: statement.name, compares: rows > (GROUP * GROUP) / 2 }).toEqual({
        name: statement.name,
        compares: false,
      });
    }
  },
);
