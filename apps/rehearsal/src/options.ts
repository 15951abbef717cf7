import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind } from './faults/fault.ts';
import { RehearsalError } from './rehearsal-error.ts';

/**
 * How the sessions move: by the fences; by two flags over a store that keeps its promises as far as flags allow; by the
 * same two flags over a store that writes to both and hopes.
 */
export type Method = 'fenced' | 'flags' | 'naive';

export interface Options {
  readonly method: Method;
  readonly shoppers: number;
  /** How long the steps take together, without what goes wrong; the last look at every basket comes on top. */
  readonly seconds: number;
  /** Processes of the shop. */
  readonly processes: number;
  readonly seed: number;
  /** How many rehearsals, each with the next seed; `undefined`: one, with a whole report. */
  readonly seeds: number | undefined;
  /** Of many, how many at once, as far as the machine has processors. */
  readonly parallel: number;
  /** The same seeds by each method, for a table of what each loses. */
  readonly compare: boolean;
  /** How far apart, in milliseconds, the processes see a flag; `undefined`: every flip waits for all of them. */
  readonly staggerMs: number | undefined;
  /** Which faults are drawn; `undefined`: any of all. */
  readonly faults: readonly FaultKind[] | undefined;
  /** Tells everything that happens, as it happens. */
  readonly verbose: boolean;
  /** Where to keep what the processes write; `undefined`: nowhere. */
  readonly logFile: string | undefined;
  /** Data folders to begin with, made by another rehearsal for as many shoppers. */
  readonly template: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

interface NumberOption {
  readonly least: number;
  readonly most: number;
}

const NUMBERS = {
  shoppers: { least: 1, most: 2_000 },
  seconds: { least: 1, most: 3_600 },
  processes: { least: 1, most: 16 },
  seed: { least: 0, most: 4_294_967_295 },
  seeds: { least: 1, most: 100_000 },
  parallel: { least: 1, most: 64 },
  stagger: { least: 1, most: 60_000 },
} as const satisfies Readonly<Record<string, NumberOption>>;

/** Flags have no backfill: the age of a session has to be waited out. */
const LEAST_SECONDS_BY_FLAGS = 12;
const SECONDS: Readonly<Record<Method, number>> = { fenced: 1, flags: 20, naive: 20 };
const SHOPPERS = 40;
/** One to be stopped, and two that go on. */
const PROCESSES = 3;

/** @throws {RehearsalError} OPTION_INVALID, naming the option and what it takes */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const number = (name: keyof typeof NUMBERS): number | undefined => readNumber(name, values[name], NUMBERS[name]);
  const method = readMethod(values);
  const seconds = number('seconds') ?? SECONDS[method];
  if (method !== 'fenced' && seconds < LEAST_SECONDS_BY_FLAGS)
    throw invalid(`--seconds takes a whole number from ${LEAST_SECONDS_BY_FLAGS} on, where flags are followed.`);
  if (method === 'fenced' && values.stagger !== undefined)
    throw invalid('--stagger is about flags, which the fenced move does not follow: give --flags, too.');
  if (values.compare === true && (method !== 'fenced' || values.stagger !== undefined))
    throw invalid('--compare takes every method, each as it is: give it without --flags, --naive and --stagger.');
  return {
    method,
    seconds,
    shoppers: number('shoppers') ?? SHOPPERS,
    processes: number('processes') ?? PROCESSES,
    seed: number('seed') ?? 1,
    seeds: number('seeds'),
    parallel: number('parallel') ?? 1,
    compare: values.compare === true,
    staggerMs: number('stagger'),
    faults: readFaults(values),
    verbose: values.verbose === true,
    logFile: readFile('log', values.log),
    template: readFile('template', values.template),
    json: values.json === true,
    help: values.help === true,
  };
}

const COMPARED_STAGGER_MS = 2_000;

/** The same rehearsal by each of the methods, flags as they are seen by processes that do not wait for each other. */
export function forEachMethod(options: Options): Options[] {
  const seconds = (method: Method): number => Math.max(options.seconds, SECONDS[method]);
  return [
    options,
    { ...options, method: 'flags', seconds: seconds('flags'), staggerMs: COMPARED_STAGGER_MS },
    { ...options, method: 'naive', seconds: seconds('naive') },
  ];
}

const TEXTS = ['faults', 'log', 'template'] as const;
const FLAGS = ['flags', 'naive', 'compare', 'no-faults', 'verbose', 'json'] as const;

type Values = Partial<
  Record<keyof typeof NUMBERS | (typeof TEXTS)[number], string> & Record<(typeof FLAGS)[number] | 'help', boolean>
>;

const invalid = (message: string, cause?: unknown): RehearsalError =>
  new RehearsalError('OPTION_INVALID', message, { cause });

function parse(args: readonly string[]): Values {
  const all = <T>(names: readonly string[], option: T): Record<string, T> =>
    Object.fromEntries(names.map((name) => [name, option]));
  const options = {
    ...all([...Object.keys(NUMBERS), ...TEXTS], { type: 'string' } as const),
    ...all(FLAGS, { type: 'boolean' } as const),
    help: { type: 'boolean', short: 'h' } as const,
  };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const [sentence = 'not understood'] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw invalid(`${sentence}. "npm run rehearse -- --help" shows the options.`, cause);
  }
}

function readMethod({ flags, naive }: Values): Method {
  if (naive === true) return 'naive';
  return flags === true ? 'flags' : 'fenced';
}

function readFaults({ faults, 'no-faults': none }: Values): readonly FaultKind[] | undefined {
  if (none === true && faults !== undefined) throw invalid('--faults and --no-faults do not go together.');
  if (none === true) return [];
  if (faults === undefined) return undefined;
  const names = faults.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isFault(name));
  if (unknown === undefined) return names.filter(isFault);
  throw invalid(
    `--faults takes names with commas between them, of: ${FAULT_KINDS.join(', ')}. It was given "${unknown}".`,
  );
}

const isFault = (name: string): name is FaultKind => FAULT_KINDS.some((kind) => kind === name);

function readFile(name: 'log' | 'template', file: string | undefined): string | undefined {
  if (file === '') throw invalid(`--${name} takes a name.`);
  return file;
}

function readNumber(name: string, text: string | undefined, { least, most }: NumberOption): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw invalid(`--${name} takes a whole number from ${least} to ${most}.`);
}
