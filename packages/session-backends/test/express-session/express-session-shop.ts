import { expressSessionStore, type ExpressSessionStoreOptions } from '@switchyard/session-backends/express-session';
import express from 'express';
import session, { type SessionOptions } from 'express-session';
import type { Adapter } from '../support/adapter-shop.ts';

interface Lines {
  lines?: Record<string, string>;
}

interface ShopOptions extends Partial<ExpressSessionStoreOptions> {
  /** Saves before it answers, as the library's README has it. Default is false: when the response ends. */
  readonly savesItself?: boolean;
  readonly library?: Partial<SessionOptions>;
}

export const expressSessionShop = ({ savesItself = false, library, ...options }: ShopOptions = {}): Adapter => ({
  name: 'connect.sid',
  open: async ({ store, during, onEvent }) => {
    const app = express();
    app.use(
      session({
        store: expressSessionStore(session, { store, onEvent, ...options }),
        secret: 'test',
        cookie: { maxAge: 3_600_000 },
        resave: false,
        saveUninitialized: false,
        ...library,
      }),
    );
    const of = (req: express.Request): typeof req.session & Lines => req.session;
    app.get('/show', (req, res) => void res.json(of(req).lines ?? {}));
    app.post('/add/:name', async (req, res, next) => {
      const { name } = req.params;
      await during();
      (of(req).lines ??= {})[name] = String(req.query['text'] ?? 1);
      if (!savesItself) res.sendStatus(204);
      else req.session.save((error: unknown) => (error ? next(error) : res.sendStatus(204)));
    });
    app.post('/logout', (req, res, next) => {
      req.session.destroy((error: unknown) => (error ? next(error) : res.sendStatus(204)));
    });
    return app;
  },
});
