import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine as Engine } from '@prisma/schema-engine-wasm';
import type { Pool } from 'pg';
import { migrationAdapter } from './migration-adapter.ts';

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
  const { instance } = await webAssembly.instantiate(bytes, { './schema_engine_bg.js': unreferenced(bindings) });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return bindings;
}

/**
 * The engine limits its waiting for the lock by a timer that it never clears: a program that has nothing else to do would
 * stay for its ten seconds. What the engine really waits for is the database, whose connection keeps the program alive.
 */
function unreferenced(bindings: Bindings): Readonly<Record<string, unknown>> {
  const unreferencing =
    (setTimer: (...args: unknown[]) => NodeJS.Timeout) =>
    (...args: unknown[]): NodeJS.Timeout =>
      setTimer(...args).unref();
  return Object.fromEntries(
    Object.entries(bindings).map(([name, value]) => [
      name,
      name.startsWith('__wbg_setTimeout_') ? unreferencing(value as never) : (value as unknown),
    ]),
  );
}

/**
 * Prisma's own schema engine, as WebAssembly from the registry: no binary is downloaded. It talks to the database
 * through the pool, and keeps Prisma's advisory lock on the connection that it took it on.
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
    bindMigrationAwareSqlAdapterFactory(migrationAdapter(pool)),
  );
}
