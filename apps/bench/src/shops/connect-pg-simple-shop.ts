import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import pg from 'pg';
import { AGE_MS, basketOf, revise, type Basket } from '../basket.ts';
import { createApp } from './create-app.ts';
import type { Shop } from './shop.ts';

/** express-session on connect-pg-simple. */
export const connectPgSimpleShop: Shop = {
  open: async ({ postgresUrl, connections }) => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: connections });
    const store = new (connectPgSimple(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false });
    const app = createApp();
    app.use(session({ store, secret: 'bench', resave: false, saveUninitialized: false, cookie: { maxAge: AGE_MS } }));
    app.get('/basket', (req, res) => {
      const data = req.session as unknown as Basket;
      if (data.basket === undefined) {
        const { revision, basket, note } = basketOf();
        Object.assign(data, { revision, basket, note });
      } else revise(data);
      res.json({ revision: data.revision });
    });
    return {
      app,
      close: async () => {
        await store.close();
        await pool.end();
      },
    };
  },
};
