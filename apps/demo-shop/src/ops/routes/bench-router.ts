import { Router, type Request, type Response } from 'express';
import { textField } from '../../shop/form-fields.ts';
import type { DevControls } from '../dev-controls.ts';

const SHOPPERS_AT_ONCE = 20;

type Deed = (request: Request) => Promise<string>;

/** The buttons of "Try to break it". In production nobody makes this router. */
export function createBenchRouter(controls: DevControls): Router {
  const { fleet, shoppers, newDatabase, redis } = controls;
  const deeds: Readonly<Record<string, Deed>> = {
    'shoppers-start': async () => {
      await shoppers.start(SHOPPERS_AT_ONCE);
      return `${SHOPPERS_AT_ONCE} more shoppers are on their way.`;
    },
    'shoppers-stop': async () => {
      await shoppers.stop();
      return 'The shoppers have looked once more at their baskets, and have gone home.';
    },
    kill: async (request) => {
      const id = textField(request.body, 'id') ?? '';
      const pid = Number(textField(request.body, 'pid'));
      const killed = (await fleet.processes()).find((process) => process.id === id);
      // A browser sends a request again when its connection breaks, as that to the process that kills itself does.
      if (killed?.pid !== pid) return `${id} has been killed already.`;
      await fleet.kill(id);
      return `${id} was killed; another process takes its place.`;
    },
    start: async () => `${await fleet.start()} is starting.`,
    'database-stop': server(newDatabase, 'stop', 'The new database was killed.'),
    'database-start': server(newDatabase, 'start', 'The new database runs again.'),
    'redis-stop': server(redis, 'stop', 'Redis was killed.'),
    'redis-start': server(redis, 'start', 'Redis runs again, and starts empty.'),
  };
  const router = Router();
  router.post('/:deed', async (request: Request, response: Response) => {
    const { deed } = request.params as { deed: string };
    const act = Object.hasOwn(deeds, deed) ? deeds[deed] : undefined;
    if (act === undefined) response.status(404).type('text').send('There is no such button.');
    else response.type('text').send(await act(request));
  });
  return router;
}

const server =
  (one: DevControls['redis'], deed: 'start' | 'stop', done: string): Deed =>
  async () => {
    if (one === undefined) return 'It is not ours to stop.';
    await one[deed]();
    return done;
  };
