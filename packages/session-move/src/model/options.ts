export interface ModelOptions {
  readonly deep: boolean;
  readonly json: boolean;
  /** Only the scenario or mutant of this name. */
  readonly only: string | undefined;
  readonly help: boolean;
}

export const HELP = `Explores the fenced move exhaustively, within bounds.

Usage: npm run model -- [options]

  --only NAME   one scenario or mutant by its name
  --deep        larger bounds: hours, not minutes, and some ten gigabytes of memory
  --json        one JSON object on stdout, nothing else
  --help        this text

Exit status: 0 the move holds and every mutant is caught; 1 a bug; 2 the command was not understood;
4 a counterexample to the move, a mutant that was not caught, or a run that has shown less than it should.`;

/** @throws {TypeError} for what is not an option */
export function parseOptions(args: readonly string[]): ModelOptions {
  let options: ModelOptions = { deep: false, json: false, only: undefined, help: false };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--deep') options = { ...options, deep: true };
    else if (arg === '--json') options = { ...options, json: true };
    else if (arg === '--help') options = { ...options, help: true };
    else if (arg === '--only') options = { ...options, only: nameAfter(args, i++) };
    else throw new TypeError(`Unknown option "${arg}". Try --help.`);
  }
  return options;
}

function nameAfter(args: readonly string[], at: number): string {
  const name = args[at + 1];
  if (name === undefined || name.startsWith('--'))
    throw new TypeError('--only needs the name of a scenario or mutant.');
  return name;
}
