import { findKeyEncoding, postgresCacheRegister, renewCache } from '@switchyard/session-backends';
import {
  compareSessions,
  copySessions,
  importCursors,
  importTarget,
  ImportError,
  type CompareReport,
  type CopyReport,
  type ImportOptions,
} from '@switchyard/session-backends/foreign';
import { EXIT } from '../../../exit-codes.ts';
import { interruptible } from '../../../interruptible.ts';
import { print, printJson, tell } from '../../../output.ts';
import { progressLine, type ProgressLine } from '../../../progress-line.ts';
import { openSessionDatabases, type SessionDatabase, type SessionDatabases } from '../open-session-databases.ts';
import { checkImportOptions, type ImportVerbOptions } from './import-options.ts';
import { openSource, type OpenSource } from './open-source.ts';
import { isClean, printCompared, printCopied } from './print-import.ts';

/** `switchyard sessions import --from …` */
export async function importVerb(project: string, options: ImportVerbOptions): Promise<number> {
  checkImportOptions(options);
  const opened = await openSource(options);
  try {
    const databases = await openSessionDatabases(project, {
      aliases: [options.database],
      keyEncoding: options.keyEncoding,
    });
    try {
      await checkKeyEncoding(databases, options);
      await importTarget(destination(databases).executor, databases.keyEncoding).assertFree();
      return options.dryRun === true ? await plan(opened, databases, options) : await run(opened, databases, options);
    } finally {
      await databases.close();
    }
  } finally {
    await opened.close();
  }
}

const destination = ({ databases }: SessionDatabases): SessionDatabase => databases[0] as SessionDatabase;

/** Keys of both kinds in one table would be found by nobody. */
async function checkKeyEncoding(databases: SessionDatabases, { keyEncoding }: ImportVerbOptions): Promise<void> {
  const found = await findKeyEncoding(destination(databases).executor);
  if (keyEncoding !== undefined && found !== undefined && found !== keyEncoding)
    throw new ImportError(
      'IMPORT_OPTION_INVALID',
      `The keys in the database "${destination(databases).alias}" are ${found === 'plain' ? 'in clear' : 'hashes'}: leave out --key-encoding ${keyEncoding}, or empty its table "session".`,
    );
}

async function plan(
  { source, place }: OpenSource,
  { databases, keyEncoding }: SessionDatabases,
  { from, json }: ImportVerbOptions,
): Promise<number> {
  const [{ alias }] = databases as readonly [SessionDatabase];
  const entries = await source.count();
  if (json === true) printJson({ from, source: place, entries, database: alias, keyEncoding });
  else {
    print(`from ${from} at ${place}: about ${entries} entries`);
    print(`into the database "${alias}", keys ${keyEncoding === 'plain' ? 'in clear' : 'as SHA-256'}`);
  }
  return EXIT.done;
}

async function run(opened: OpenSource, databases: SessionDatabases, options: ImportVerbOptions): Promise<number> {
  const { executor, alias } = destination(databases);
  const { source, read, place } = opened;
  const { from, ttl, batch, rate, restart, verify, json } = options;
  const cursors = importCursors(executor, `${from} ${place} ${databases.keyEncoding}`);
  if (restart === true) await cursors.clear();
  const total = await source.count();

  return interruptible(async (signal) => {
    const common = (progress: ProgressLine, from0 = 0): ImportOptions => ({
      source,
      target: importTarget(executor, databases.keyEncoding),
      read,
      ttlMs: ttl * 1000,
      batchSize: batch,
      signal,
      onProgress: showing(progress, total, from0),
      ...(rate !== undefined && { perSecond: rate }),
    });

    let copied: CopyReport | undefined;
    if (verify !== true) {
      const resumedAt = (await cursors.get())?.read ?? 0;
      if (resumedAt > 0) tell(`Going on after ${resumedAt} entries; --restart begins anew.`);
      const progress = progressLine(`${alias}: read`);
      copied = await copySessions(common(progress, resumedAt), cursors).finally(progress.end);
      if (copied.copied > 0) await renewCache([postgresCacheRegister({ executor })]);
      if (json !== true) printCopied(alias, copied);
    }
    let compared: CompareReport | undefined;
    if (copied === undefined || copied.done) {
      const progress = progressLine(`${alias}: compared`);
      compared = await compareSessions({ ...common(progress), catchUp: verify !== true }).finally(progress.end);
      if (json !== true) printCompared(alias, compared);
    }
    const clean = isClean(compared);
    if (json === true) printJson({ from, source: place, database: alias, copied, compared, clean });
    return clean || signal.aborted ? EXIT.done : EXIT.findings;
  });
}

function showing(progress: ProgressLine, totalRows: number, from: number): (read: number) => void {
  const began = performance.now();
  return (rows) => {
    const perMs = (rows - from) / (performance.now() - began);
    const leftMs = perMs > 0 ? Math.max(0, totalRows - rows) / perMs : undefined;
    progress.show({ rows, totalRows, rowsPerSecond: Math.round(perMs * 1_000), leftMs });
  };
}
