import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ALIASES, DatabaseError, type Alias } from '@switchyard/databases';
import type { Router } from '@switchyard/router';

/** What a project says about itself in `switchyard.config.ts`, beside its `prisma` folder. */
export interface ProjectConfig {
  /** The routers of its routed client, in order. Default is none: every migration is allowed on its own database. */
  readonly routers: readonly Router[];
  /** Aliases of the routed client that are copies of another database, such as replicas: `{ replica: 'main' }`. */
  readonly copies: Readonly<Record<string, Alias>>;
}

const FILES = ['switchyard.config.ts', 'switchyard.config.mts', 'switchyard.config.mjs', 'switchyard.config.js'];

/** @throws {DatabaseError} CONFIG_INVALID */
export async function loadProjectConfig(project: string): Promise<ProjectConfig> {
  const name = FILES.find((file) => existsSync(path.join(project, file)));
  if (name === undefined) return { routers: [], copies: {} };
  const { routers = [], copies = {}, ...others } = await importModule(project, name);
  const unknown = Object.keys(others).filter((key) => key !== 'default' && key !== '__esModule');
  if (unknown.length > 0)
    throw invalid(name, `exports "${unknown[0]}", which nobody reads; it may export routers and copies.`);
  if (!Array.isArray(routers)) throw invalid(name, 'exports routers that are no array.');
  if (!isCopies(copies)) throw invalid(name, `exports copies that are not aliases of ${ALIASES.join(' or ')}.`);
  return { routers: routers as readonly Router[], copies };
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

const invalid = (name: string, what: string, cause?: unknown): DatabaseError =>
  new DatabaseError('CONFIG_INVALID', `${name} ${what}`, { cause });
