import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';
import { CASES } from './cases/case-group.ts';
import { SUBJECT_NAMES } from './cases/all-groups.ts';

export const COMMANDS = ['cases', 'router', 'rows'] as const;
export type Command = (typeof COMMANDS)[number];

export interface Options {
  readonly command: Command;
  readonly cases: ReadonlySet<string>;
  /** `undefined`: all. */
  readonly subjects: ReadonlySet<string> | undefined;
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly sessions: number;
  /** To be copied and compared. */
  readonly rows: number;
  /** Of one measurement of saves beside a backfill. */
  readonly liveSeconds: number;
  readonly json: boolean;
  readonly help: boolean;
}

const NUMBERS = {
  rounds: { least: 1, most: 99, whole: true },
  seconds: { least: 0.05, most: 600, whole: false },
  sessions: { least: 64, most: 1_000_000, whole: true },
  rows: { least: 1_000, most: 100_000_000, whole: true },
  'live-seconds': { least: 1, most: 600, whole: true },
} as const;

const DEFAULTS = { rounds: 3, seconds: 1, sessions: 5_000, rows: 200_000, 'live-seconds': 15 } as const;

const invalid = (message: string, cause?: unknown): BenchError => new BenchError('OPTION_INVALID', message, { cause });

/** @throws {BenchError} OPTION_INVALID, naming the option and what it takes */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const number = (name: keyof typeof NUMBERS): number => readNumber(name, values[name]) ?? DEFAULTS[name];
  return {
    command: readCommand(positionals),
    ...readOnly(values.only),
    rounds: number('rounds'),
    seconds: number('seconds'),
    sessions: number('sessions'),
    rows: number('rows'),
    liveSeconds: number('live-seconds'),
    json: values.json === true,
    help: values.help === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        sessions: { type: 'string' },
        rows: { type: 'string' },
        'live-seconds': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    const [sentence = 'not understood'] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw invalid(`${sentence}. "npm run bench -- --help" shows the options.`, cause);
  }
}

function readCommand([name = 'cases', ...more]: readonly string[]): Command {
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined || more.length > 0)
    throw invalid(`"${[name, ...more].join(' ')}" is not one of: ${COMMANDS.join(', ')}.`);
  return command;
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

function readNumber(name: keyof typeof NUMBERS, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const { least, most, whole } = NUMBERS[name];
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= least && value <= most && (!whole || Number.isInteger(value)))
    return value;
  throw invalid(`--${name} takes a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
}
