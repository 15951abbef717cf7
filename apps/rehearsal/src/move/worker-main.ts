// The worker in a process of its own, as `switchyard move worker` runs it; its times are those of a move of seconds.
import pg from 'pg';
import { pgListen } from '@switchyard/session-backends';
import { createMoveWorker, type WorkerEvent } from '@switchyard/session-move';
import { createHolding, say } from './holding.ts';
import { openSides } from './open-sides.ts';

const LEASE_MS = 1_000;
const PURGE_EVERY_MS = 2_000;

const { sides } = openSides('rehearsal worker');
const holding = createHolding();
const listen = (variable: string): ReturnType<typeof pgListen> =>
  pgListen(() => new pg.Client({ connectionString: process.env[variable], connectionTimeoutMillis: 3_000 }));

const worker = createMoveWorker({
  old: holding.watch(sides.old),
  new: holding.watch(sides.new),
  listenOld: listen('MAIN_DATABASE_URL'),
  listenNew: listen('SESSIONS_DATABASE_URL'),
  leaseMs: LEASE_MS,
  purgeEveryMs: PURGE_EVERY_MS,
  onEvent: (event) => say({ kind: 'event', event: event.kind, text: describe(event) }),
});

function describe(event: WorkerEvent): string {
  switch (event.kind) {
    case 'leading':
      return `leads (term ${event.token})`;
    case 'lease-lost':
      return 'another one leads';
    case 'side-failing':
      return `the ${event.side} database does not answer (${event.why})`;
    case 'side-recovered':
      return `the ${event.side} database answers again`;
    case 'lost-at-destination':
      return `${event.entries} rows of the ${event.from} database are refused by the other one, and missing there`;
    case 'covered':
      return `backfill done, ${event.rows} rows`;
    case 'settled':
      return `the merge of ${event.buckets} buckets has ended`;
    case 'purged':
      return `${event.rows} expired sessions purged from the ${event.side} database`;
    case 'hindered':
      return `${event.error.message} [${event.error.code}]`;
  }
}

process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => void worker.close().then(() => process.exit()));
say({ kind: 'ready' });
await worker.run();
