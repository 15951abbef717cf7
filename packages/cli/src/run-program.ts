import { CommanderError } from 'commander';
import { findProjectFolder } from '@switchyard/databases';
import { EXIT } from './exit-codes.ts';
import { explainFailure } from './explain-failure.ts';
import { tell } from './output.ts';
import { createProgram } from './program.ts';

/** Carries out one command, given as its words; resolves to the exit code. */
export async function runProgram(words: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const program = createProgram({ findProject: findProjectFolder, done: (exitCode) => void (code = exitCode) });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
    const explained = explainFailure(error);
    tell(
      explained ??
        `This is a fault in switchyard: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return explained === undefined ? EXIT.bug : EXIT.refused;
  }
}
