import { reportBloat, type BloatReport, type InspectedTable } from '../../src/index.ts';

const MB = 1024 * 1024;

type Column = InspectedTable['columns'][number];
type Index = InspectedTable['indexes'][number];

const column = (number: number, name: string, more: Partial<Column> = {}): Column => ({
  name,
  number,
  type: 'text',
  isTime: false,
  generatedBy: undefined,
  width: 41,
  nullShare: 0,
  distinct: -1,
  alignment: 1,
  ...more,
});
const TIME = { type: 'timestamp with time zone', isTime: true, width: 8, alignment: 8 };

const index = (name: string, reads: number[], more: Partial<Index> = {}): Index => ({
  name,
  method: 'btree',
  unique: false,
  constraint: undefined,
  bytes: 0,
  fillfactor: 90,
  rows: undefined,
  reads,
  keys: reads.map((number) => ({ column: number, width: undefined, distinct: undefined })),
  scans: 0,
  ...more,
});

/** 100,000 sessions that have been saved a million times, by HOT updates; nothing is wrong. */
const WELL: InspectedTable = {
  name: 'session',
  serverVersion: 180_000,
  space: {
    tableBytes: 135 * MB,
    toastBytes: 0,
    indexBytes: 8 * MB,
    liveRows: 100_000,
    deadRows: 300,
    updates: 1_000_000,
    hotUpdates: 990_000,
    vacuumedAt: undefined,
    autovacuumedAt: undefined,
  },
  toast: { live: 0, dead: 0 },
  columns: [column(1, 'sid'), column(2, 'sess', { width: 900, alignment: 4 }), column(3, 'expires', TIME)],
  indexes: [index('session_pkey', [1], { unique: true, constraint: 'session_pkey', bytes: 8 * MB })],
  settings: {
    fillfactor: 70,
    serverOn: true,
    tableOn: true,
    threshold: 50,
    scaleFactor: 0.2,
    maxThreshold: undefined,
    countedRows: 100_000,
  },
  holders: { holders: [], complete: true },
  measured: undefined,
};

const COLD = { ...WELL.space, hotUpdates: 0 };
const codesOf = ({ findings }: BloatReport): string[] => findings.map(({ code }) => code);
const runsOf = ({ steps }: BloatReport): string[] => steps.map(({ run }) => run);
const report = (more: Partial<InspectedTable>): BloatReport => reportBloat({ ...WELL, ...more }, 60);
const withIndex = (one: Index): readonly Index[] => [...WELL.indexes, one];

describe('what is said of a table’s space', () => {
  it('is nothing where all is well, whatever is indexed', () => {
    expect(report({}).findings).toEqual([]);
    expect(report({ indexes: withIndex(index('by_expiry', [3])) }).steps).toEqual([]);
  });

  it('tells to build the indexes anew where they alone have grown', () => {
    const space = { ...WELL.space, indexBytes: 40 * MB };
    const indexes = [{ ...(WELL.indexes[0] as Index), bytes: 40 * MB }];
    const grown = report({ space, indexes });
    expect(codesOf(grown)).toEqual(['SPACE_DEAD']);
    expect(grown.steps).toMatchObject([{ run: 'reindex table concurrently session;', lock: 'nobody waits' }]);
    expect(grown.steps[0]?.freesBytes).toBeGreaterThan(30 * MB);
  });

  it('tells to write the table anew where its rows have grown, or to have pg_repack do it', () => {
    const grown = report({ space: { ...WELL.space, tableBytes: 400 * MB } });
    expect(grown.steps).toMatchObject([
      { run: 'vacuum (analyze) session;', freesBytes: undefined },
      {
        run: 'vacuum (full, analyze) session;',
        instead: 'pg_repack --no-order --table=session',
        lock: expect.stringContaining('ACCESS EXCLUSIVE'),
      },
    ]);
    const { sizes } = grown;
    expect(grown.steps[1]?.freesBytes).toBe(sizes.total.bytes - (sizes.total.freshBytes as number));
    expect(grown.steps[1]?.timesSmaller).toBeGreaterThan(2.5);
  });

  it.each([
    ['an index of block ranges, before PostgreSQL 16', 150_000, ['HOT_BLOCKED']],
    ['an index of block ranges, from PostgreSQL 16 on', 160_000, ['HOT_LOW']],
  ] as const)('goes by the server’s version: %s', (_, serverVersion, codes) => {
    const indexes = withIndex(index('ranges', [3], { method: 'brin' }));
    expect(codesOf(report({ space: COLD, indexes, serverVersion }))).toEqual(codes);
  });

  it.each([
    ['coarser than the time that it is made of', 300, []],
    ['as fine as the time that it is made of', -0.9, ['HOT_BLOCKED']],
  ] as const)('looks at what a generated column holds: %s', (_, distinct, codes) => {
    const hours = column(4, 'hour', { ...TIME, generatedBy: `date_trunc('hour', expires)`, distinct });
    const columns = [...WELL.columns, hours];
    expect(codesOf(report({ space: COLD, columns, indexes: withIndex(index('by_hour', [4])) }))).toEqual(codes);
  });

  it('does not replace an index on data or versions, and says how often it was used', () => {
    const columns = [...WELL.columns, column(4, 'version', { type: 'bigint' })];
    const indexes = withIndex(index('by_version', [4], { scans: 7, bytes: MB }));
    const { steps } = report({ space: COLD, columns, indexes });
    expect(steps).toMatchObject([
      { run: 'drop index concurrently by_version;', effect: expect.stringContaining('used 7 times'), freesBytes: MB },
    ]);
  });

  it('adds the hours of two times in one go', () => {
    const columns = [...WELL.columns, column(4, '"updatedAt"', { ...TIME, type: 'timestamp without time zone' })];
    const indexes = [...WELL.indexes, index('by_expiry', [3]), index('by_update', [4])];
    expect(runsOf(report({ space: COLD, columns, indexes }))).toEqual([
      `alter table session add column expires_hour timestamp generated always as (date_trunc('hour', expires at time zone 'UTC')) stored, add column "updatedAt_hour" timestamp generated always as (date_trunc('hour', "updatedAt")) stored;`,
      'create index concurrently on session (expires_hour);',
      'create index concurrently on session ("updatedAt_hour");',
      'drop index concurrently by_expiry;',
      'drop index concurrently by_update;',
      'vacuum (analyze) session;',
    ]);
  });

  it.each([
    ['replication slot', undefined, 200_000, `select pg_drop_replication_slot('it''s');`],
    ['standby', undefined, 200_000, 'alter system set hot_standby_feedback = off; select pg_reload_conf();'],
    ['replication slot', undefined, 10, undefined],
    ['prepared transaction', 61, 1, `rollback prepared 'it''s';`],
    ['prepared transaction', 59, 1, undefined],
  ] as const)('counts a %s of %s s and %s transactions as it should', (kind, seconds, transactions, run) => {
    const holder = { kind, name: `it's`, detail: '', seconds, transactions };
    expect(runsOf(report({ holders: { holders: [holder], complete: true } }))[0]).toBe(run);
  });

  it('goes by the least of what makes autovacuum come, and does not advise what is set already', () => {
    const space = { ...WELL.space, deadRows: 30_000 };
    expect(codesOf(report({ space }))).toEqual([]);
    const settings = { ...WELL.settings, maxThreshold: 10_000 };
    expect(runsOf(report({ space, settings }))[0]).toContain('autovacuum_vacuum_scale_factor = 0.02');
    const eager = { ...settings, scaleFactor: 0.01 };
    expect(runsOf(report({ space, settings: eager }))[0]).toContain(`autovacuum_naptime = '15s'`);
  });

  it('has a server whose autovacuum is off turn it on', () => {
    const off = report({ settings: { ...WELL.settings, serverOn: false } });
    expect([codesOf(off), off.autovacuum]).toEqual([['AUTOVACUUM_OFF'], 'off at the server']);
    expect(runsOf(off)[0]).toContain('alter system set autovacuum = on');
  });
});
