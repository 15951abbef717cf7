import type { DevServer } from '../ops/dev-controls.ts';

/** The same server; what two operators want of it is done one after the other. */
export function inTurn(server: DevServer): DevServer {
  let last: Promise<unknown> = Promise.resolve();
  const queued = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  return { ...server, start: () => queued(() => server.start()), stop: () => queued(() => server.stop()) };
}
