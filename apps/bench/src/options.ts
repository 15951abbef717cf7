import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';
import { SUBJECT_NAMES } from './cases/all-groups.ts';
import { CASES } from './cases/case-group.ts';
import { COMMANDS, commandsOf, NUMBERS, type Command, type NumberName } from './option-table.ts';

export interface Options {
  readonly command: Command;
  readonly cases: ReadonlySet<string>;
  /** `undefined`: all. */
  readonly subjects: ReadonlySet<string> | undefined;
  readonly numbers: Readonly<Record<NumberName, number>>;
  /** Puts the tables and plots into docs/performance.md, too. */
  readonly writeDocs: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

const invalid = (message: string, cause?: unknown): BenchError => new BenchError('OPTION_INVALID', message, { cause });

type Values = Partial<Record<NumberName | 'only', string> & Record<'write-docs' | 'json' | 'help', boolean>>;

/** @throws {BenchError} OPTION_INVALID, naming the option and what it takes */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const names = Object.keys(NUMBERS) as NumberName[];
  const command = readCommand(positionals);
  for (const name of [...names, 'only' as const])
    if (values[name] !== undefined && command !== 'all' && !commandsOf(name).includes(command))
      throw invalid(`--${name} is of ${commandsOf(name).join(', ')}; ${command} does not take it.`);
  if (values.only !== undefined && values['write-docs'] === true)
    throw invalid('--write-docs writes what a whole run has measured: leave --only out.');
  return {
    command,
    ...readOnly(values.only),
    numbers: Object.fromEntries(names.map((name) => [name, readNumber(name, values[name])])) as Options['numbers'],
    writeDocs: values['write-docs'] === true,
    json: values.json === true,
    help: values.help === true,
  };
}

function parse(args: readonly string[]): { values: Values; positionals: readonly string[] } {
  const options = {
    ...Object.fromEntries([...Object.keys(NUMBERS), 'only'].map((name) => [name, { type: 'string' } as const])),
    'write-docs': { type: 'boolean' } as const,
    json: { type: 'boolean' } as const,
    help: { type: 'boolean', short: 'h' } as const,
  };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (cause) {
    const [sentence = 'not understood'] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw invalid(`${sentence}. "npm run bench -- --help" shows the options.`, cause);
  }
}

function readCommand([name = 'cases', ...more]: readonly string[]): Command {
  if (Object.hasOwn(COMMANDS, name) && more.length === 0) return name as Command;
  throw invalid(`"${[name, ...more].join(' ')}" is not one of: ${Object.keys(COMMANDS).join(', ')}.`);
}

/** Names of cases leave the others out, and so do names of subjects. */
function readOnly(only: string | undefined): Pick<Options, 'cases' | 'subjects'> {
  const names = only?.split(',').map((name) => name.trim()) ?? [];
  const cases = names.filter((name) => CASES.some((known) => known === name));
  const subjects = names.filter((name) => SUBJECT_NAMES.includes(name));
  const unknown = names.find((name) => !cases.includes(name) && !subjects.includes(name));
  if (unknown !== undefined)
    throw invalid(
      `--only takes names with commas between them, of the cases ${CASES.join(', ')}, or the subjects ` +
        `${SUBJECT_NAMES.join(', ')}. It was given "${unknown}".`,
    );
  return {
    cases: new Set(cases.length > 0 ? cases : CASES),
    subjects: subjects.length > 0 ? new Set(subjects) : undefined,
  };
}

function readNumber(name: NumberName, text: string | undefined): number {
  const { least, most, usual, ...option } = NUMBERS[name];
  if (text === undefined) return usual;
  const isReal = 'isReal' in option;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= least && value <= most && (isReal || Number.isInteger(value)))
    return value;
  throw invalid(`--${name} takes a ${isReal ? '' : 'whole '}number from ${least} to ${most}.`);
}
