import { FAULTS } from './faults/fault.ts';

const faults = Object.entries(FAULTS)
  .map(([name, what]) => `  ${name.padEnd(17)} ${what}`)
  .join('\n');

export const USAGE = `Rehearses the move of the sessions to a database of their own, on servers started for it, while things go wrong.

  npm run rehearse -- [options]

  --seed N        what decides by chance: what goes wrong and when, what shoppers do (1)
  --seeds N       so many rehearsals, from --seed on, with a line for each
  --parallel P    of these, P at once (1), as far as the machine has processors
  --compare       the seeds by each method: fenced, --flags --stagger 2000, --naive; a table of what each loses
  --faults A,B    only these faults, of those below; each seed draws several, and when
  --no-faults     nothing goes wrong
  --shoppers N    simulated shoppers (40)
  --seconds N     length of all steps together, without what goes wrong (1; by flags 20, at least 12)
  --processes N   processes of the shop (3)
  --flags         move by the two flags, step by step, and wait after each flip until all processes have seen it
  --stagger MS    with --flags or --naive: do not wait; each process sees every flag up to MS milliseconds late
  --naive         by the two flags, over a store that writes to both databases and takes no notice of what fails
  --verbose       tell everything that happens when it happens
  --log FILE      keep there what the processes write
  --json          one JSON object on stdout, and nothing else
  --help          this text

Each shopper knows every change that the shop has acknowledged, and checks each page against that; and the history of
each session has to be one that some order explains. The steps: start, backfill, verify, switch 1 %, 50 % and 100 %,
rollback, switch 100 % again, verify, complete. At last every basket is looked at through every process, with the cache
and with an emptied one.

Faults:
${faults}

When one is over, each process has to serve again within 5 s, without anybody's help; and what nobody needs at that time
nobody may miss: not the new database before the first switch, not the sessions in the old one after the last, never the
cache, the worker or a controller. --seed N draws the same faults again, for the same moments of the move.

Uses redis-server from PATH for the cache. Without it, the shop runs with no cache. A tenth of the cache is evicted every
half second, as in a Redis that is full, so that it cannot hide what the databases have lost.

Exit status: 0 nothing was found, 1 a fault of this program, 2 it could not run, 4 something was lost, or is not as it
should be.
`;
