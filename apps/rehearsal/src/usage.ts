export const USAGE = `Rehearses the move of the sessions to a database of their own, on servers started for it.

  npm run rehearse -- [options]

  --fenced        move by the fences: a part, half, all, back, all again, one process stopped across a switch each way
  --shoppers N    simulated shoppers (200)
  --seconds N     length of all steps together (60, at least 12)
  --processes N   processes of the shop (2; 3 with --fenced)
  --seed N        what decides by chance: shoppers' doings and, with --stagger, who sees a flag when (1)
  --stagger MS    do not wait for the processes after a flip; each sees every flag up to MS milliseconds late.
                  The steps are made long enough for that.
  --log FILE      keep there what the shop's processes write
  --json          one JSON object on stdout, and nothing else
  --help          this text

Each shopper knows every change that the shop has acknowledged, and checks each page against that. The steps: baseline;
migration_flag on; wait out the (shortened) age of a session; compare the rows of both databases; new_db_router_flag on;
migration_flag off; empty the old table. At last every basket is looked at through every process, with the cache and
with an emptied one.

Uses REDIS_URL for the cache, else a Redis on 127.0.0.1:6379, else redis-server from PATH. Without any, the shop runs
with no cache. A tenth of the cache is evicted every half second, as in a Redis that is full, so that it cannot hide what
the databases have lost.

Exit status: 0 nothing was lost, 1 a fault of this program, 2 it could not run, 4 something was lost.
`;
