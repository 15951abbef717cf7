import { parseArgs } from 'node:util';
import { RehearsalError } from './rehearsal-error.ts';

export interface Options {
  /** Move by the fences, not by the two flags. */
  readonly isFenced: boolean;
  readonly shoppers: number;
  /** How long the steps take together; the last look at every basket comes on top. */
  readonly seconds: number;
  /** Processes of the shop. */
  readonly processes: number;
  readonly seed: number;
  /** How far apart, in milliseconds, the processes see a flag; `undefined`: every flip waits for all of them. */
  readonly staggerMs: number | undefined;
  /** Where to keep what the shop's processes write; `undefined`: nowhere. */
  readonly logFile: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

interface NumberOption {
  readonly least: number;
  readonly most: number;
  readonly fallback: number | undefined;
}

const NUMBERS = {
  shoppers: { least: 1, most: 2_000, fallback: 200 },
  seconds: { least: 12, most: 3_600, fallback: 60 },
  processes: { least: 1, most: 16, fallback: 2 },
  seed: { least: 0, most: 4_294_967_295, fallback: 1 },
  stagger: { least: 1, most: 60_000, fallback: undefined },
} as const satisfies Readonly<Record<string, NumberOption>>;

/** One to be stopped, and two that go on. */
const FENCED_PROCESSES = 3;

/** @throws {RehearsalError} OPTION_INVALID, naming the option and what it takes */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const number = (name: keyof typeof NUMBERS): number | undefined => readNumber(name, values[name], NUMBERS[name]);
  const isFenced = values.fenced === true;
  if (isFenced && values.stagger !== undefined)
    throw new RehearsalError('OPTION_INVALID', '--stagger is about flags, which the fenced move does not follow.');
  return {
    isFenced,
    shoppers: number('shoppers') ?? NUMBERS.shoppers.fallback,
    seconds: number('seconds') ?? NUMBERS.seconds.fallback,
    processes: number('processes') ?? (isFenced ? FENCED_PROCESSES : NUMBERS.processes.fallback),
    seed: number('seed') ?? NUMBERS.seed.fallback,
    staggerMs: number('stagger'),
    logFile: readFile(values.log),
    json: values.json === true,
    help: values.help === true,
  };
}

type Values = Partial<Record<keyof typeof NUMBERS | 'log', string> & Record<'fenced' | 'json' | 'help', boolean>>;

function parse(args: readonly string[]): Values {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    shoppers: text,
    seconds: text,
    processes: text,
    seed: text,
    stagger: text,
    log: text,
    fenced: flag,
    json: flag,
    help: { ...flag, short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const [sentence = 'not understood'] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw new RehearsalError('OPTION_INVALID', `${sentence}. "npm run rehearse -- --help" shows the options.`, {
      cause,
    });
  }
}

function readFile(file: string | undefined): string | undefined {
  if (file === '') throw new RehearsalError('OPTION_INVALID', '--log takes the name of a file.');
  return file;
}

function readNumber(name: string, text: string | undefined, { least, most }: NumberOption): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new RehearsalError('OPTION_INVALID', `--${name} takes a whole number from ${least} to ${most}.`);
}
