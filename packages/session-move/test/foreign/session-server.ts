import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SessionServer {
  readonly url: string;
  close(): Promise<void>;
}

type Middleware = (req: never, res: never, next: (error?: unknown) => void) => unknown;

interface BasketSession {
  basket?: Record<string, number>;
  save(done: (error?: unknown) => void): void;
  destroy(done: (error?: unknown) => void): void;
}

export async function listen(listener: RequestListener): Promise<SessionServer> {
  const server = createServer(listener).listen(0);
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A shop over express-session: adds to a basket, shows it, logs out. Answers when the store has answered. */
export const openBaskets = (sessions: Middleware): Promise<SessionServer> =>
  listen((req, res) => {
    sessions(req as never, res as never, (failure) => {
      if (failure !== undefined && failure !== null) return void answer(res, 500, failure);
      const { session } = req as IncomingMessage & { session: BasketSession };
      const done =
        (body: unknown) =>
        (error?: unknown): void =>
          void (error === undefined || error === null ? answer(res, 200, body) : answer(res, 500, error));
      if (req.method === 'GET') return void answer(res, 200, session.basket ?? {});
      if (req.url === '/logout') return session.destroy(done({}));
      const basket = (session.basket ??= {});
      const product = String(req.url).slice(1);
      basket[product] = (basket[product] ?? 0) + 1;
      session.save(done(basket));
    });
  });

function answer(res: ServerResponse, status: number, body: unknown): void {
  res.statusCode = status;
  res.end(JSON.stringify(body instanceof Error ? { code: (body as { code?: unknown }).code } : body));
}
