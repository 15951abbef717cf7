import { createPool } from '@switchyard/databases';
import { pgExecutor, SqlFailure, type SqlExecutor } from '@switchyard/session-backends';
import {
  connectPgSimpleTable,
  DEFAULT_SIDE_SCHEMA,
  djangoCodec,
  djangoTable,
  ImportError,
  prismaSessionTable,
  readDjangoSession,
  readExpressSession,
  redisSource,
  tableSource,
  type ReadEntry,
  type RedisCallable,
  type SessionSource,
  type SharedTable,
} from '@switchyard/session-backends/foreign';
import { isZoneWrong, sampleTimeZone, type MoveDatabase } from '@switchyard/session-move';
import { Redis } from 'ioredis';
import { djangoSecrets, sourceUrl, type ImportVerbOptions } from './import-options.ts';

export interface OpenSource {
  readonly source: SessionSource;
  readonly read: ReadEntry;
  /** What it is and where, without a password. */
  readonly place: string;
  close(): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 300_000;

/** The place that sessions are imported from. @throws {ImportError} */
export async function openSource(options: ImportVerbOptions): Promise<OpenSource> {
  const url = sourceUrl(options);
  const userPath = options.user === undefined ? [] : options.user.split('.');
  const read =
    options.from === 'django'
      ? readDjangoSession(djangoCodec({ secretKeys: djangoSecrets() }))
      : readExpressSession(userPath);
  return options.from === 'connect-redis'
    ? openRedis(url, read, options.prefix ?? 'sess:')
    : openTable(url, read, tableOf(options), options);
}

async function openRedis(url: URL, read: ReadEntry, prefix: string): Promise<OpenSource> {
  const redis = new Redis(url.href, { maxRetriesPerRequest: 1, connectTimeout: 5_000, lazyConnect: true });
  // Each command tells its own failure.
  redis.on('error', () => undefined);
  const place = `${url.hostname}:${url.port || '6379'}${url.pathname.replace(/^\/?$/, '/0')}, keys ${prefix}*`;
  const server: RedisCallable = { call: (command, args) => redis.call(command, args) };
  try {
    const source = await redisSource(server, prefix);
    await checkDatabase(server, redis.options.db ?? 0);
    return { source, read, place, close: async () => redis.disconnect() };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

/** The client goes on in database 0 where the server has not as many as it was given. */
async function checkDatabase(server: RedisCallable, database: number): Promise<void> {
  if (database === 0) return;
  await server.call('SELECT', [database]).catch((cause: unknown) => {
    throw new ImportError(
      'SOURCE_NOT_FOUND',
      `The Redis of the source has no database ${database} for this user. Correct the URL of the source.`,
      { cause },
    );
  });
}

function tableOf({ from, table, columns, timeZone }: ImportVerbOptions): SharedTable {
  const named = table === undefined ? {} : { table };
  if (from === 'django') return djangoTable(named);
  if (from === 'connect-pg-simple')
    return connectPgSimpleTable({ ...named, ...(timeZone !== undefined && { timeZone }) });
  return prismaSessionTable({
    ...named,
    ...(columns !== undefined && { columns: columns as readonly [string, string, string] }),
  });
}

async function openTable(
  url: URL,
  read: ReadEntry,
  table: SharedTable,
  options: ImportVerbOptions,
): Promise<OpenSource> {
  const pool = createPool(url.href, {
    max: 2,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    applicationName: 'switchyard sessions import',
  });
  const executor = pgExecutor(pool);
  const where = `${url.hostname}:${url.port || '5432'}${url.pathname}`;
  try {
    const [row] = await executor.query(`select current_setting('TimeZone') as zone`, [], { name: 'sy_import_zone' });
    const source = await tableSource(executor, table);
    // Says so if it has other columns.
    await source.page(undefined, 1);
    const timeZone = source.table.timeZone ?? String(row?.['zone']);
    const isTold = options.from === 'connect-pg-simple' && source.table.timeZone !== null;
    if (isTold) await checkTimeZone(executor, table, timeZone);
    else if (options.timeZone !== undefined)
      throw new ImportError(
        'IMPORT_OPTION_INVALID',
        `The times in ${table.table} have a zone of their own: leave out --time-zone.`,
      );
    const zone = isTold ? `, times in ${timeZone}` : '';
    return { source, read, place: `${where}, table ${table.table}${zone}`, close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error instanceof SqlFailure ? explainConnect(error, where) : error;
  }
}

/** What the sessions say of their own expiry tells whether the column is read in the zone that it was written in. */
async function checkTimeZone(executor: SqlExecutor, table: SharedTable, timeZone: string): Promise<void> {
  const query: MoveDatabase['query'] = (text, values = []) =>
    executor.query(text, values, { name: 'sy_import_sample' });
  const sample = await sampleTimeZone({ query }, { ...table, timeZone, sideSchema: DEFAULT_SIDE_SCHEMA }, timeZone);
  if (!isZoneWrong(sample)) return;
  const hours = (sample.shiftedBy ?? 0) / 60;
  throw new ImportError(
    'IMPORT_OPTION_INVALID',
    `Read in ${timeZone}, the times in the table are off by ${hours} h from what ${sample.shifted} of ${sample.rows} sessions say. Name the zone that they were written in: --time-zone.`,
  );
}

function explainConnect(failure: SqlFailure, where: string): ImportError {
  const { sqlState } = failure;
  const cause = { cause: failure };
  if (sqlState === '28P01' || sqlState === '28000')
    return new ImportError(
      'SOURCE_REFUSED',
      `PostgreSQL at ${where} refused the login of the source. Check its user and password.`,
      cause,
    );
  if (sqlState === '3D000')
    return new ImportError('SOURCE_NOT_FOUND', `There is no database ${where}. Correct the URL of the source.`, cause);
  if (sqlState !== undefined && !/^(08|53|57)/.test(sqlState))
    return new ImportError(
      'SOURCE_UNSUPPORTED',
      `PostgreSQL at ${where} does not give out the sessions: SQLSTATE ${sqlState}.`,
      cause,
    );
  return new ImportError(
    'SOURCE_UNREACHABLE',
    `No PostgreSQL answers at ${where}. Start it, or correct the URL of the source.`,
    cause,
  );
}
