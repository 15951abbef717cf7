import { createPool } from '@switchyard/databases';
import { createSessions, pgExecutor, type Session } from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { basketOf, revise, type Basket } from '../basket.ts';
import { createApp } from './create-app.ts';
import type { Shop } from './shop.ts';

/** Our middleware on the database store. */
export const switchyardShop: Shop = {
  open: async ({ postgresUrl, connections }) => {
    const pool = createPool(postgresUrl, { max: connections });
    const site = postgresSite({ name: 'old', executor: pgExecutor(pool), standalone: true });
    const app = createApp();
    app.use(
      sessionMiddleware({ sessions: createSessions<Partial<Basket>>({ store: fencedStore({ sites: [site] }) }) }),
    );
    app.get('/basket', async (req, res) => {
      const { session } = req as unknown as { session: Session<Partial<Basket>> };
      let revision = 0;
      await session.update((data) => {
        ({ revision } = Object.assign(data, data.basket === undefined ? basketOf() : revise(data as Basket)));
      });
      res.json({ revision });
    });
    return { app, close: () => pool.end() };
  },
};
