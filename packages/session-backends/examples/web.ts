// A basket for anything that answers a Request with a Response: Deno, Bun, a worker, or node as below.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { createSessions, type Session, type SessionStore } from '@switchyard/session-backends';
import { webSessions } from '@switchyard/session-backends/web';

interface Data {
  /** How many of each product. */
  basket: Record<string, number>;
}

export function createHandler(store: SessionStore): (request: Request) => Promise<Response> {
  const { handle } = webSessions({ sessions: createSessions<Data>({ store }) });
  return (request) => handle(request, (session) => route(request, session));
}

async function route({ method, url }: Request, session: Session<Data>): Promise<Response> {
  const { origin, pathname } = new URL(url);
  const [, page, name = ''] = pathname.split('/').map(decodeURIComponent);
  if (method === 'GET' && pathname === '/')
    return Response.json({ user: await session.getUserId(), basket: await session.get('basket', {}) });

  if (method === 'POST' && page === 'basket' && name !== '')
    // Runs again on newer data when another request was faster: nothing that is added at once is lost.
    await session.update((data) => {
      const basket = (data.basket ??= {});
      basket[name] = (basket[name] ?? 0) + 1;
    });
  // Whether this is really that user has to be asked here.
  else if (method === 'POST' && page === 'login' && name !== '') await session.login(name);
  else if (method === 'POST' && page === 'logout') await session.logout();
  else return new Response('Not found', { status: 404 });
  return Response.redirect(origin, 303);
}

export async function start(store: SessionStore, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const server: ServerType = createAdaptorServer({ fetch: createHandler(store) });
  server.listen(port);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, close };
}
