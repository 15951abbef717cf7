import { parseArgs } from 'node:util';
import { StartError } from '../start-error.ts';

export interface DevOptions {
  /** How many processes the shop has, all behind one port. */
  readonly processes: number;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run dev [-- --processes N]

  --processes N   processes of the shop behind its one port, 1 to 16; a worker comes beside them. Default: 1
  --help          this text

The environment says the rest: PORT, MAIN_DATABASE_URL, SESSIONS_DATABASE_URL, REDIS_URL; see docs/operations.md.`;

const MOST_PROCESSES = 16;

const refuse = (what: string): StartError => new StartError('DEV_OPTION_INVALID', `${what}\n${USAGE}\n`);

/** @throws {StartError} DEV_OPTION_INVALID, with what is understood */
export function parseDevOptions(args: readonly string[]): DevOptions {
  const { processes = '1', help = false } = parse(args);
  if (!/^\d{1,2}$/.test(processes) || Number(processes) < 1 || Number(processes) > MOST_PROCESSES)
    throw refuse(`--processes has to be a whole number from 1 to ${MOST_PROCESSES}, not "${processes}".`);
  return { processes: Number(processes), help };
}

function parse(args: readonly string[]): { processes?: string; help?: boolean } {
  try {
    return parseArgs({ args: [...args], options: { processes: { type: 'string' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    const [first = ''] = (error as Error).message.split('. ');
    throw refuse(`${first.replace(/\.$/, '')}.`);
  }
}
