import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { asMigration, assessSource, makeReady, type MoveSource, type SourceAssessment } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { print, printJson, tell } from '../../output.ts';
import { changeVerb, type ChangeOptions } from './change-verb.ts';
import { openMove, type OpenMove } from './open-move.ts';
import { exampleOf, printAssessment, printUnusable } from './print-assessment.ts';

export interface StartOptions extends ChangeOptions {
  readonly from?: MoveSource['kind'];
  readonly table?: string;
  readonly timeZone?: string;
  readonly writeMigration?: string;
}

/** Starts a move; before that, if the sessions are in another library's table, that is looked at and made ready. */
export async function startVerb(project: string, options: StartOptions): Promise<number> {
  const move = await openMove(project);
  let left: number | undefined;
  try {
    const source = sourceOf(options, move);
    if (source !== undefined) left = await prepare(move, source, options);
  } finally {
    await move.close();
  }
  return left ?? changeVerb(project, 'start', options);
}

/** What the command says goes before what the project does; both together, if they mean the same library. */
function sourceOf({ from, table, timeZone }: StartOptions, { declared }: OpenMove): MoveSource | undefined {
  const kind = from ?? declared?.kind;
  if (kind === undefined) return undefined;
  const known = declared?.kind === kind ? declared : undefined;
  const [schema, name] = table?.includes('.') === true ? splitOnce(table) : [undefined, table];
  return {
    kind,
    schema: schema ?? known?.schema,
    table: name ?? known?.table,
    timeZone: timeZone ?? known?.timeZone,
    sideSchema: known?.sideSchema,
  };
}

const splitOnce = (name: string): [string, string] => {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
};

/** Resolves to the exit code, or to `undefined` when the table is ready and the move can start. */
async function prepare(move: OpenMove, source: MoveSource, options: StartOptions): Promise<number | undefined> {
  const assessed = await assessSource(move.main, source);
  if (options.writeMigration !== undefined) return writeMigration(assessed, options.writeMigration, options);
  if (options.dryRun === true) {
    // What is ready already has a plan like any other move, with checks of both databases.
    if (assessed.isReady && assessed.isUsable && options.json !== true) printAssessment(assessed, false);
    if (assessed.isReady && assessed.isUsable) return undefined;
    if (options.json === true) printJson({ verb: 'start', ...assessed, wouldSucceed: assessed.isUsable });
    else printAssessment(assessed, true);
    return assessed.isUsable ? EXIT.done : EXIT.refused;
  }
  if (!assessed.isUsable) {
    if (options.json === true) printJson({ done: false, ...assessed });
    else printUnusable(assessed);
    return EXIT.refused;
  }
  if (assessed.isReady) return undefined;
  if (assessed.zone?.example !== undefined) tell(exampleOf(assessed.zone.example));
  await makeReady(move.main, assessed.sql ?? []);
  return undefined;
}

/** Somebody else may have the rights that this user lacks; everything else has to hold. */
async function writeMigration(assessed: SourceAssessment, folder: string, { json }: StartOptions): Promise<number> {
  const { sql, checks, isReady } = assessed;
  if (isReady || sql === undefined || checks.some(({ ok, name }) => !ok && name !== 'rights')) {
    if (json === true) printJson({ done: false, ...assessed });
    else if (isReady) print('nothing to write: the table has been made ready');
    else printUnusable(assessed);
    return EXIT.refused;
  }
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const file = path.join(folder, `${stamp}_session_move`, 'migration.sql');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, asMigration(sql));
  if (json === true) printJson({ done: true, file });
  else print(`${file} is written. Apply it, and give switchyard move start again.`);
  return EXIT.done;
}
