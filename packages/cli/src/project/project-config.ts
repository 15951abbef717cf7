import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ALIASES, DatabaseError, type Alias } from '@switchyard/databases';
import type { Router } from '@switchyard/router';
import { SOURCE_KINDS, type MoveSource } from '@switchyard/session-move';

/** What a project says about itself in `switchyard.config.ts`, beside its `prisma` folder. */
export interface ProjectConfig {
  /** The routers of its routed client, in order. Default is none: every migration is allowed on its own database. */
  readonly routers: readonly Router[];
  /** Aliases of the routed client that are copies of another database, such as replicas: `{ replica: 'main' }`. */
  readonly copies: Readonly<Record<string, Alias>>;
  /** The table of another library that its sessions move away from. Default is none: they are in a table of ours. */
  readonly source: MoveSource | undefined;
}

const FILES = ['switchyard.config.ts', 'switchyard.config.mts', 'switchyard.config.mjs', 'switchyard.config.js'];

/** @throws {DatabaseError} CONFIG_INVALID */
export async function loadProjectConfig(project: string): Promise<ProjectConfig> {
  const name = FILES.find((file) => existsSync(path.join(project, file)));
  if (name === undefined) return { routers: [], copies: {}, source: undefined };
  const { routers = [], copies = {}, source, ...others } = await importModule(project, name);
  const unknown = Object.keys(others).filter((key) => key !== 'default' && key !== '__esModule');
  if (unknown.length > 0)
    throw invalid(name, `exports "${unknown[0]}", which nobody reads; it may export routers, copies and source.`);
  if (!Array.isArray(routers)) throw invalid(name, 'exports routers that are no array.');
  if (!isCopies(copies)) throw invalid(name, `exports copies that are not aliases of ${ALIASES.join(' or ')}.`);
  if (source !== undefined && !isSource(source))
    throw invalid(
      name,
      `exports a source that is none: { kind: ${SOURCE_KINDS.map((kind) => `'${kind}'`).join(' or ')}, table?, schema?, timeZone?, sideSchema? }.`,
    );
  return { routers: routers as readonly Router[], copies, source };
}

async function importModule(project: string, name: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path.join(project, name)).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalid(name, `cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

const isCopies = (copies: unknown): copies is Readonly<Record<string, Alias>> =>
  typeof copies === 'object' &&
  copies !== null &&
  Object.entries(copies).every(
    ([copy, alias]) => ALIASES.some((known) => known === alias) && !ALIASES.some((known) => known === copy),
  );

const SOURCE_OPTIONS = ['table', 'schema', 'timeZone', 'sideSchema'];

const isSource = (source: unknown): source is MoveSource =>
  typeof source === 'object' &&
  source !== null &&
  Object.entries(source).every(([name, value]) =>
    name === 'kind' ? SOURCE_KINDS.some((kind) => kind === value) : SOURCE_OPTIONS.includes(name) && isName(value),
  ) &&
  'kind' in source;

const isName = (value: unknown): boolean => value === undefined || (typeof value === 'string' && value !== '');

const invalid = (name: string, what: string, cause?: unknown): DatabaseError =>
  new DatabaseError('CONFIG_INVALID', `${name} ${what}`, { cause });
