import { ALIASES, parseAlias } from '@switchyard/databases';
import { countExpiredSessions, purgeSessions, type KeyEncoding } from '@switchyard/session-backends';
import { countOf } from '../../count-of.ts';
import { EXIT } from '../../exit-codes.ts';
import { interruptible } from '../../interruptible.ts';
import { print, printJson } from '../../output.ts';
import { progressLine } from '../../progress-line.ts';
import { openSessionDatabases, type SessionDatabase, type SessionDatabases } from './open-session-databases.ts';

export interface PurgeOptions {
  readonly database?: readonly string[];
  readonly batch: number;
  readonly pause: number;
  readonly rate?: number;
  readonly keyEncoding?: KeyEncoding;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Purged {
  readonly database: string;
  readonly deleted: number;
  /** Expired, and may not go yet. */
  readonly kept: number;
  /** Whether it came to its end. */
  readonly done: boolean;
}

/** `switchyard sessions purge`: one database after the other. */
export async function purgeVerb(project: string, options: PurgeOptions): Promise<number> {
  const { database = ALIASES, keyEncoding, dryRun, json } = options;
  const aliases = [...new Set(database.map(parseAlias))];
  const opened = await openSessionDatabases(project, { aliases, keyEncoding });
  try {
    if (dryRun === true) return await count(opened, json);
    const purged = await interruptible(async (signal) => {
      const results: Purged[] = [];
      for (const one of opened.databases) {
        const result = await purge(one, opened.keyEncoding, options, signal);
        if (json !== true) print(sentence(result));
        results.push(result);
        if (!result.done) break;
      }
      return results;
    });
    if (json === true) printJson({ databases: purged });
    return EXIT.done;
  } finally {
    await opened.close();
  }
}

async function purge(
  { alias, executor }: SessionDatabase,
  keyEncoding: KeyEncoding,
  { batch, pause, rate }: PurgeOptions,
  signal: AbortSignal,
): Promise<Purged> {
  const { disposable, kept } = await countExpiredSessions(executor, keyEncoding);
  const began = performance.now();
  const progress = progressLine(`${alias}: deleted`);
  const deleted = await purgeSessions({
    executor,
    keyEncoding,
    batchSize: batch,
    pauseMs: pause,
    ...(rate !== undefined && { rowsPerSecond: rate }),
    signal,
    onProgress: (rows) => {
      const perMs = rows / (performance.now() - began);
      const leftMs = perMs > 0 ? Math.max(0, disposable - rows) / perMs : undefined;
      progress.show({ rows, totalRows: disposable, rowsPerSecond: Math.round(perMs * 1_000), leftMs });
    },
  }).finally(progress.end);
  return { database: alias, deleted, kept, done: !signal.aborted };
}

async function count({ databases, keyEncoding }: SessionDatabases, json: boolean | undefined): Promise<number> {
  const counts = [];
  for (const { alias, executor } of databases)
    counts.push({ database: alias, ...(await countExpiredSessions(executor, keyEncoding)) });
  if (json === true) printJson({ databases: counts });
  else
    for (const { database, disposable, kept } of counts)
      print(`${database}: ${countOf(disposable, 'row')} would be deleted${stays(kept)}`);
  return EXIT.done;
}

const sentence = ({ database, deleted, kept, done }: Purged): string =>
  `${database}: ${countOf(deleted, 'row')} deleted${stays(kept)}${done ? '' : '; stopped, give the command again to go on'}`;

const stays = (kept: number): string => (kept === 0 ? '' : `; ${kept} expired but kept for a move`);
