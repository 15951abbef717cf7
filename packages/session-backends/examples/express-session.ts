// A basket over express-session.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SessionStore } from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import express from 'express';
import session from 'express-session';

declare module 'express-session' {
  interface SessionData {
    /** How many of each product. Two products added at once are merged; one product twice at once counts once. */
    basket?: Record<string, number>;
  }
}

export function createApp(store: SessionStore): express.Express {
  const app = express();
  app.use(
    session({
      store: expressSessionStore(session, { store, gone: 'error' }),
      secret: process.env['SESSION_SECRET'] ?? 'only for trying it out',
      cookie: { maxAge: 14 * 86_400_000, sameSite: 'lax' },
      resave: false,
      saveUninitialized: false,
    }),
  );

  app.get('/', (req, res) => void res.json(req.session.basket ?? {}));

  app.post('/basket/:product', (req, res, next) => {
    const { product } = req.params;
    const basket = (req.session.basket ??= {});
    basket[product] = (basket[product] ?? 0) + 1;
    // Left to itself, express-session sends the headers first: a save that fails would look done, and a redirect may
    // arrive before it is.
    req.session.save((error: unknown) => (error ? next(error) : res.redirect(303, '/')));
  });

  app.post('/logout', (req, res, next) => {
    req.session.destroy((error: unknown) => (error ? next(error) : res.clearCookie('connect.sid').redirect(303, '/')));
  });

  return app;
}

export async function start(store: SessionStore, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createApp(store).listen(port);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, close };
}
