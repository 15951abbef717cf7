import type { DevServer } from '../ops/dev-controls.ts';

/** The same server; what several operators want of it is done one after the other, and said. */
export function breakableServer(name: string, server: DevServer, announce: (line: string) => void): DevServer {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const change = (wanted: boolean, done: string, work: () => Promise<void>) => (): Promise<void> =>
    inTurn(async () => {
      if ((await server.isRunning()) === wanted) return;
      await work();
      announce(`${name} was ${done}`);
    });
  return {
    isRunning: () => server.isRunning(),
    start: change(true, 'started again', () => server.start()),
    stop: change(false, 'killed', () => server.stop()),
  };
}
