import { CommanderError } from 'commander';
import { findProjectFolder } from '@switchyard/databases';
import { EXIT } from './exit-codes.ts';
import { explainFailure } from './explain-failure.ts';
import { tell } from './output.ts';
import { createProgram } from './program.ts';

const program = createProgram({
  findProject: findProjectFolder,
  done: (exitCode) => {
    process.exitCode = exitCode;
  },
});

try {
  await program.parseAsync();
} catch (error) {
  const words = explainFailure(error);
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.refused;
  else if (words !== undefined) {
    tell(words);
    process.exitCode = EXIT.refused;
  } else {
    tell(`This is a fault in switchyard: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = EXIT.bug;
  }
}
