// A basket over hono.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createSessions, type SessionStore } from '@switchyard/session-backends';
import { honoSessions, type SessionEnv } from '@switchyard/session-backends/hono';
import { Hono } from 'hono';

interface Data {
  /** How many of each product. */
  basket: Record<string, number>;
}

export function createApp(store: SessionStore): Hono<SessionEnv<Data>> {
  const app = new Hono<SessionEnv<Data>>();
  app.use(honoSessions({ sessions: createSessions<Data>({ store }) }));

  app.get('/', async (c) => {
    const { session } = c.var;
    return c.json({ user: await session.getUserId(), basket: await session.get('basket', {}) });
  });

  app.post('/basket/:product', async (c) => {
    const product = c.req.param('product');
    // Runs again on newer data when another request was faster: nothing that is added at once is lost.
    await c.var.session.update((data) => {
      const basket = (data.basket ??= {});
      basket[product] = (basket[product] ?? 0) + 1;
    });
    return c.redirect('/', 303);
  });

  // Whether this is really that user has to be asked here.
  app.post('/login/:user', async (c) => {
    await c.var.session.login(c.req.param('user'));
    return c.redirect('/', 303);
  });

  app.post('/logout', async (c) => {
    await c.var.session.logout();
    return c.redirect('/', 303);
  });

  return app;
}

export async function start(store: SessionStore, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createAdaptorServer({ fetch: createApp(store).fetch });
  server.listen(port);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, close };
}
