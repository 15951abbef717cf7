import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine as Engine } from '@prisma/schema-engine-wasm';
import pg, { type Pool } from 'pg';

/** The part of the WebAssembly API that is used; its types come only with those of a browser's page. */
interface WebAssemblyLike {
  instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>;
}
const { WebAssembly: webAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyLike };

interface Bindings {
  readonly SchemaEngine: {
    'new'(options: object, log: (line: string) => void, adapter: object): Promise<Engine>;
  };
  __wbg_set_wasm(exports: Readonly<Record<string, unknown>>): void;
}

let loading: Promise<Bindings> | undefined;

/** Instantiated once per process; about 60 ms. */
async function loadBindings(project: string): Promise<Bindings> {
  const require = createRequire(path.join(project, 'packages', 'databases', 'package.json'));
  const script = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bindings = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as Bindings;
  const bytes = await readFile(script.replace(/\.js$/, '.wasm'));
  const { instance } = await webAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return bindings;
}

/**
 * The adapter splits a script at every semicolon and sends the pieces one by one, perhaps over several connections: a
 * function's body or a comment breaks it, and a failure leaves half a migration. Sent whole, PostgreSQL parses it itself
 * and runs it as one transaction, as Prisma's native engine does.
 */
function sendingWholeScripts(pool: Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  const whole = (adapter: SqlDriverAdapter): SqlDriverAdapter => {
    adapter.executeScript = async (script) => {
      await pool.query(script).catch((error: unknown) => {
        throw error instanceof pg.DatabaseError ? new DriverAdapterError(toAdapterError(error)) : error;
      });
    };
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => whole(await factory.connect()),
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
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

/**
 * Prisma's own schema engine, as WebAssembly from the registry: no binary is downloaded. It talks to the database
 * through the pool.
 */
export async function openSchemaEngine(
  project: string,
  pool: Pool,
  datamodel: readonly [name: string, text: string],
): Promise<Engine> {
  loading ??= loadBindings(project);
  const { SchemaEngine } = await loading;
  return SchemaEngine.new(
    { datamodels: [datamodel] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(sendingWholeScripts(pool)),
  );
}
