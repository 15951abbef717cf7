import { createClient, urlVariable, type Alias } from '@switchyard/databases';
import { pgListen, type Listen } from '@switchyard/session-backends';
import { createMoveWorker, type WorkerEvent } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { interruptible } from '../../interruptible.ts';
import { print, printJson } from '../../output.ts';
import { openMove } from './open-move.ts';

export interface WorkerOptions {
  readonly json?: boolean;
  readonly throttle: boolean;
  readonly backfill: boolean;
}

/** Runs until Ctrl-C, with a line for whatever is worth one. */
export async function workerVerb(project: string, { json, throttle, backfill }: WorkerOptions): Promise<number> {
  const move = await openMove(project);
  try {
    await interruptible(async (signal) => {
      const worker = createMoveWorker({
        ...move.sides,
        keyEncoding: move.keyEncoding,
        listenOld: listen('main', move.urls.main),
        listenNew: listen('sessions', move.urls.sessions),
        throttle: throttle ? 'auto' : 'off',
        backfill,
        onEvent: (event) => {
          if (json === true) printJson({ at: new Date(), ...event });
          else print(`${new Date().toISOString()}  ${describe(event)}`);
        },
      });
      await worker.run(signal);
    });
    return EXIT.done;
  } finally {
    await move.close();
  }
}

/** PgBouncer cannot carry a LISTEN: a direct address may be given beside the usual one. */
const listen = (alias: Alias, url: string): Listen => {
  const direct = process.env[urlVariable(alias).replace('_DATABASE_', '_DIRECT_')] || url;
  return pgListen(() => createClient(direct, 'switchyard worker'));
};

function describe(event: WorkerEvent): string {
  switch (event.kind) {
    case 'leading':
      return `leading (term ${event.token}): carrying changes across`;
    case 'lease-lost':
      return 'another worker leads now';
    case 'side-failing':
      return `the ${event.side} database cannot be used (${event.why}); waiting for it`;
    case 'side-recovered':
      return `the ${event.side} database answers again`;
    case 'lost-at-destination':
      return `${event.entries} rows are refused by the other side and missing there [LOST_AT_DESTINATION]: switchyard move verify`;
    case 'covered':
      return `backfill done: ${event.rows} rows, all buckets are covered`;
    case 'settled':
      return `everything is across for ${event.buckets} buckets: their merge has ended`;
    case 'purged':
      return `${event.rows} expired sessions purged from the ${event.side} database`;
    case 'hindered':
      return `${event.error.message} [${event.error.code}]`;
  }
}
