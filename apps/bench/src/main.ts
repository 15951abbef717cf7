import { DatabaseError } from '@switchyard/databases';
import { BenchError } from './bench-error.ts';
import { BENCHES } from './commands.ts';
import { readOptions, type Options } from './options.ts';
import { renderSection } from './report/section.ts';
import { openStage } from './stage/open-stage.ts';
import { USAGE } from './usage.ts';

const EXIT = { done: 0, bug: 1, expected: 2, interrupted: 130 } as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

let isInterrupted = false;

async function run(options: Options): Promise<void> {
  const stage = openStage({ environment: process.env, say });
  // What is measured at the time fails when its server goes.
  const interrupt = (): void => {
    isInterrupted = true;
    say('interrupted: stopping what was started');
    void stage.close().catch(() => undefined);
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const section = await BENCHES[options.command](options, stage, say);
    process.stdout.write(options.json ? `${JSON.stringify(section.json, null, 2)}\n` : renderSection(section));
  } finally {
    await stage.close();
  }
}

function explain(error: unknown): number {
  if (isInterrupted) return EXIT.interrupted;
  const isExpected = error instanceof BenchError || error instanceof DatabaseError;
  if (isExpected) say(error.message);
  else say(`The bench has a fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return isExpected ? EXIT.expected : EXIT.bug;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else await run(options);
} catch (error) {
  process.exitCode = explain(error);
}
// Processes that are still open, since something failed, end with this one.
process.stdout.write('', () => process.exit());
