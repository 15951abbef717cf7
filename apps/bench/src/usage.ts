import { SUBJECT_NAMES } from './cases/all-groups.ts';
import { CASES } from './cases/case-group.ts';
import { COMMANDS, NUMBERS } from './option-table.ts';

const commands = Object.entries(COMMANDS)
  .map(([name, what]) => `  ${name.padEnd(18)} ${what}`)
  .join('\n');

const HALF = Math.ceil(SUBJECT_NAMES.length / 2);
const subjects = [SUBJECT_NAMES.slice(0, HALF), SUBJECT_NAMES.slice(HALF)]
  .map((names) => names.join(', '))
  .join(`,\n${' '.repeat(21)}`);

const numbers = Object.entries(NUMBERS)
  .map(([name, { of, help, usual }]) => `  ${`--${name} N`.padEnd(18)} ${of.join(', ')}: ${help} (${usual})`)
  .join('\n');

export const USAGE = `Measures Switchyard and what people use today in one run: interleaved, several rounds, on real servers.

  npm run bench -- [command] [options]

${commands}

  --only A,B         cases: only these (${CASES.join(', ')}),
                     or these subjects, or both (${subjects})
${numbers}
  --write-docs       puts tables and plots into docs/performance.md, too
  --json             one JSON object on stdout, and nothing else
  --help             this text

PostgreSQL is that of MAIN_DATABASE_URL and SESSIONS_DATABASE_URL, else servers started for the run, with fsync and
synchronous_commit on; Redis is that of REDIS_URL, else redis-server from PATH. What is made there is dropped at the end.

Exit status: 0 it has measured, whatever the figures are, 1 a fault of this program, 2 it could not run.
`;
