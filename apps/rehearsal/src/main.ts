import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseError } from '@switchyard/databases';
import { readOptions, type Options } from './options.ts';
import { RehearsalError } from './rehearsal-error.ts';
import { rehearse } from './rehearse.ts';
import { createProgress } from './report/progress.ts';
import { renderReport } from './report/render-report.ts';
import { hasFindings } from './report/report.ts';
import { USAGE } from './usage.ts';

const EXIT = { done: 0, bug: 1, expected: 2, losses: 4, interrupted: 130 } as const;

async function run(options: Options): Promise<number> {
  const closing = new AbortController();
  const interrupt = (): void => closing.abort(new RehearsalError('INTERRUPTED', 'Interrupted.'));
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const log = options.logFile === undefined ? undefined : openLog(options.logFile);
  const report = await rehearse(options, {
    progress: createProgress(process.stderr),
    closing,
    environment: process.env,
    onShopOutput: (chunk) => void (log !== undefined && appendFileSync(log, chunk)),
  });
  const color = process.stdout.isTTY && !process.env['NO_COLOR'];
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report, { color }));
  return hasFindings(report) ? EXIT.losses : EXIT.done;
}

/** @throws {RehearsalError} OPTION_INVALID when the file cannot be written */
function openLog(name: string): string {
  // npm runs this in a folder of its own.
  const file = path.resolve(process.env['INIT_CWD'] ?? '.', name);
  try {
    writeFileSync(file, '');
    return file;
  } catch (cause) {
    throw new RehearsalError('OPTION_INVALID', `--log: ${file} cannot be written.`, { cause });
  }
}

function explain(error: unknown): number {
  const isExpected = error instanceof RehearsalError || error instanceof DatabaseError;
  if (!isExpected) {
    process.stderr.write(
      `\nThe rehearsal has a fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return EXIT.bug;
  }
  process.stderr.write(`\n${error.message}\n`);
  return error.code === 'INTERRUPTED' ? EXIT.interrupted : EXIT.expected;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = await run(options);
} catch (error) {
  process.exitCode = explain(error);
}
