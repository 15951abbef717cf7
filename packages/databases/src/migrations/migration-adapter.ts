import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import pg, { type Pool } from 'pg';

/** PostgreSQL's own "char", of which the catalogs are full. */
const CHAR = 18;
const CHAR_ARRAY = 1002;

/**
 * What Prisma's engine needs of the pool, where its adapter alone would not do: scripts are sent whole, and "char" columns
 * are understood.
 */
export function migrationAdapter(pool: Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => adapterOver(pool),
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}

async function adapterOver(pool: Pool): Promise<SqlDriverAdapter> {
  const adapter = await new PrismaPg(tellingCharsAsArrays(pool)).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const { columnTypes, ...rest } = await queryRaw(query);
    const isArray = (type: number): boolean => type === ColumnTypeEnum.CharacterArray;
    return { ...rest, columnTypes: columnTypes.map((type) => (isArray(type) ? ColumnTypeEnum.Character : type)) };
  };
  // The adapter splits a script at every semicolon and sends the pieces one by one, perhaps over several connections: a
  // function's body or a comment breaks it, and a failure leaves half a migration. Sent whole, PostgreSQL parses it itself
  // and runs it as one transaction, as Prisma's native engine does.
  adapter.executeScript = async (script) => {
    await pool.query(script).catch((error: unknown) => {
      throw error instanceof pg.DatabaseError ? new DriverAdapterError(toAdapterError(error)) : error;
    });
  };
  return adapter;
}

/**
 * The adapter refuses a "char" column, without which no table can be described, and would take an array of them. So it
 * is shown arrays, of which there are none in what the engine asks for, and the engine is told that they are characters.
 */
function tellingCharsAsArrays(pool: Pool): Pool {
  const query = async (config: pg.QueryConfig): Promise<pg.QueryResult> => {
    const result = await pool.query(config);
    const { fields } = result;
    return { ...result, fields: fields.map((field) => (field.dataTypeID === CHAR ? arrayOf(field) : field)) };
  };
  const arrayOf = (field: pg.FieldDef): pg.FieldDef => ({ ...field, dataTypeID: CHAR_ARRAY });
  // Still a pool to the adapter, which asks for the class.
  return Object.create(pool, { query: { value: query } }) as Pool;
}

/** What the server said, in the form that the engine passes on. */
const toAdapterError = (error: pg.DatabaseError): ConstructorParameters<typeof DriverAdapterError>[0] => ({
  kind: 'postgres',
  code: error.code ?? 'N/A',
  severity: error.severity ?? 'N/A',
  message: error.message,
  detail: error.detail,
  column: error.column,
  hint: error.hint,
});
