import { CommanderError } from 'commander';
import { DatabaseError, findProjectFolder } from '@switchyard/databases';
import { EXIT } from './exit-codes.ts';
import { tell } from './output.ts';
import { createProgram } from './program.ts';

const program = createProgram(findProjectFolder, (exitCode) => {
  process.exitCode = exitCode;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.refused;
  else if (error instanceof DatabaseError) {
    tell(`${error.message} [${error.code}]`);
    process.exitCode = EXIT.refused;
  } else {
    tell(`This is a fault in switchyard: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = EXIT.bug;
  }
}
