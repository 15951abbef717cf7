import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseError } from '@switchyard/databases';
import { forEachMethod, readOptions, type Options } from './options.ts';
import { RehearsalError } from './rehearsal-error.ts';
import { rehearse } from './rehearse.ts';
import { rehearseSeeds } from './rehearse-seeds.ts';
import { createProgress } from './report/progress.ts';
import { renderComparison } from './report/render-comparison.ts';
import { renderReport } from './report/render-report.ts';
import { renderResult, renderSummary } from './report/render-summary.ts';
import { hasFindings } from './report/report.ts';
import { summarize, type SeedResult, type Summary } from './report/summary.ts';
import { USAGE } from './usage.ts';

const EXIT = { done: 0, bug: 1, expected: 2, findings: 4, interrupted: 130 } as const;

function closingOnSignals(): AbortController {
  const closing = new AbortController();
  const interrupt = (): void => closing.abort(new RehearsalError('INTERRUPTED', 'Interrupted.'));
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return closing;
}

async function rehearseOnce(options: Options): Promise<number> {
  const closing = closingOnSignals();
  // One of many: its stdin ends with the process that has started it.
  if (options.template !== undefined) endWithStdin(closing);
  const log = options.logFile === undefined ? undefined : openLog(options.logFile);
  const report = await rehearse(options, {
    progress: createProgress(process.stderr),
    closing,
    environment: process.env,
    onOutput: (chunk) => void (log !== undefined && appendFileSync(log, chunk)),
  });
  const color = process.stdout.isTTY && !process.env['NO_COLOR'];
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report, { color }));
  return hasFindings(report) ? EXIT.findings : EXIT.done;
}

async function rehearseMany(options: Options & { readonly seeds: number }): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const results = await rehearseSeeds(options, {
    signal: closingOnSignals().signal,
    environment: process.env,
    say,
    onResult: (result) => say(renderResult(result)),
  });
  const summary = summarize(options.method, results);
  process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : renderSummary(summary));
  if (summary.failed.length === 0) return EXIT.done;
  return summary.failures.length === summary.failed.length ? EXIT.expected : EXIT.findings;
}

/** What the other methods lose is no failure; what the fenced one does is. */
async function rehearseByEachMethod(options: Options & { readonly seeds: number }): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const { signal } = closingOnSignals();
  const summaries: Summary[] = [];
  for (const each of forEachMethod(options)) {
    say(`By method "${each.method}":`);
    const context = { signal, environment: process.env, say, onResult: (one: SeedResult) => say(renderResult(one)) };
    summaries.push(summarize(each.method, await rehearseSeeds({ ...each, seeds: options.seeds }, context)));
  }
  process.stdout.write(options.json ? `${JSON.stringify(summaries, null, 2)}\n` : `\n${renderComparison(summaries)}`);
  if (summaries.some(({ failures }) => failures.length > 0)) return EXIT.expected;
  return summaries.some(({ method, failed }) => method === 'fenced' && failed.length > 0) ? EXIT.findings : EXIT.done;
}

function endWithStdin(closing: AbortController): void {
  process.stdin.once('end', () => closing.abort(new RehearsalError('INTERRUPTED', 'Interrupted.'))).resume();
  if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref();
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
  const { seeds } = options;
  if (options.help) process.stdout.write(USAGE);
  else if (options.compare) process.exitCode = await rehearseByEachMethod({ ...options, seeds: seeds ?? 1 });
  else process.exitCode = await (seeds === undefined ? rehearseOnce(options) : rehearseMany({ ...options, seeds }));
} catch (error) {
  process.exitCode = explain(error);
}
