// A basket over koa-session.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SessionStore } from '@switchyard/session-backends';
import { koaSessionStore } from '@switchyard/session-backends/koa-session';
import Koa, { type Context } from 'koa';
import session from 'koa-session';

declare module 'koa' {
  interface DefaultContext {
    session: {
      /** How many of each product. Two products added at once are merged; one product twice at once counts once. */
      basket?: Record<string, number>;
    } | null;
  }
}

export function createApp(store: SessionStore): Koa {
  const app = new Koa({ keys: [process.env['SESSION_SECRET'] ?? 'only for trying it out'] });
  app.use(session({ store: koaSessionStore({ store }), maxAge: 14 * 86_400_000, sameSite: 'lax' }, app));
  app.use(route);
  return app;
}

/** koa-session saves when this is through, and before the response is sent; if that fails, the response is the error. */
function route(ctx: Context): void {
  const { method, path } = ctx;
  const [, page, product = ''] = path.split('/');
  if (method === 'GET' && path === '/') ctx.body = ctx.session?.basket ?? {};
  else if (method === 'POST' && page === 'basket' && product !== '' && ctx.session !== null) {
    const basket = (ctx.session.basket ??= {});
    basket[product] = (basket[product] ?? 0) + 1;
    seeOther(ctx);
  } else if (method === 'POST' && page === 'logout') {
    ctx.session = null;
    seeOther(ctx);
  }
}

function seeOther(ctx: Context): void {
  ctx.redirect('/');
  ctx.status = 303;
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
