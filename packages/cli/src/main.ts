import { runProgram } from './run-program.ts';

// Whoever reads along may stop, as `| head` does: what runs on and on is then told to end, as by Ctrl-C; anything else
// finishes what it does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.emit('SIGINT');
});

process.exitCode = await runProgram(process.argv.slice(2));
