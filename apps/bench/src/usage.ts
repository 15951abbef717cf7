import { SUBJECT_NAMES } from './cases/all-groups.ts';
import { CASES } from './cases/case-group.ts';

export const USAGE = `Measures Switchyard and what people use today in one run: interleaved, several rounds, on real servers.

  npm run bench -- [command] [options]

  cases          loads, saves and requests, ours and those of others (what is done without a command)
  router         what routing costs beside the generated Prisma client
  rows           backfill and verify beside PostgreSQL's COPY, and what saves feel of it

  --only A,B     only these cases (${CASES.join(', ')}),
                 or these subjects (${SUBJECT_NAMES.join(', ')}), or both
  --rounds N     how often each is measured; what is reported is the median (3)
  --seconds S    length of one measurement (1)
  --sessions N   how many sessions each subject has (5000)
  --rows N       rows: how many sessions are copied and compared (200000)
  --live-seconds S  rows: length of one measurement of the saves (15)
  --json         one JSON object on stdout, and nothing else
  --help         this text

PostgreSQL is that of MAIN_DATABASE_URL and SESSIONS_DATABASE_URL, else servers started for the run, with fsync and
synchronous_commit on; Redis is that of REDIS_URL, else redis-server from PATH. What is made there is dropped at the end.

Exit status: 0 it has measured, 1 a fault of this program, 2 it could not run.
`;
