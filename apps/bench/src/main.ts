import { DatabaseError, findProjectFolder } from '@switchyard/databases';
import { BenchError } from './bench-error.ts';
import { BENCHES } from './commands.ts';
import { readOptions, type Options } from './options.ts';
import { renderSection, type Section } from './report/section.ts';
import { openStage } from './stage/open-stage.ts';
import { USAGE } from './usage.ts';
import { writeDocs } from './write-docs.ts';

const EXIT = { done: 0, bug: 1, expected: 2, interrupted: 130 } as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

let isInterrupted = false;

async function run(options: Options): Promise<void> {
  const { command, json } = options;
  const names = command === 'all' ? (Object.keys(BENCHES) as (keyof typeof BENCHES)[]) : [command];
  const sections: Section[] = [];
  for (const name of names) {
    const section = await runOne(name, options);
    sections.push(section);
    if (!json) process.stdout.write(`${renderSection(section)}\n`);
    if (options.writeDocs) await writeDocs(findProjectFolder(), [section]);
  }
  if (!json) return;
  const found =
    command === 'all' ? Object.fromEntries(sections.map((section) => [section.name, section.json])) : sections[0]?.json;
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
}

/** Each on servers of its own: what one leaves behind is not in the way of the next. */
async function runOne(name: keyof typeof BENCHES, options: Options): Promise<Section> {
  const stage = openStage({ environment: process.env, say });
  // What is measured at the time fails when its server goes.
  const interrupt = (): void => {
    isInterrupted = true;
    say('interrupted: stopping what was started');
    void stage.close().catch(() => undefined);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await BENCHES[name](options, stage, say);
  } finally {
    await stage.close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
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
