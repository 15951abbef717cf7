// A basket over the session middleware for express.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createSessions, type Session, type SessionStore } from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import express from 'express';

interface Data {
  /** How many of each product. */
  basket: Record<string, number>;
}

const sessionOf = (req: object): Session<Data> => (req as { session: Session<Data> }).session;

export function createApp(store: SessionStore): express.Express {
  const app = express();
  app.use(sessionMiddleware<Data>({ sessions: createSessions({ store }) }));

  app.get('/', async (req, res) => {
    const session = sessionOf(req);
    res.json({ user: await session.getUserId(), basket: await session.get('basket', {}) });
  });

  app.post('/basket/:product', async (req, res) => {
    const { product } = req.params;
    // Runs again on newer data when another request was faster: nothing that is added at once is lost.
    await sessionOf(req).update((data) => {
      const basket = (data.basket ??= {});
      basket[product] = (basket[product] ?? 0) + 1;
    });
    res.redirect(303, '/');
  });

  // Whether this is really that user has to be asked here.
  app.post('/login/:user', async (req, res) => {
    await sessionOf(req).login(req.params.user);
    res.redirect(303, '/');
  });

  app.post('/logout', async (req, res) => {
    await sessionOf(req).logout();
    res.redirect(303, '/');
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
