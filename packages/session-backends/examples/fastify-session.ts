// A basket over @fastify/session.
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { SessionStore } from '@switchyard/session-backends';
import { fastifySessionStore } from '@switchyard/session-backends/fastify';
import Fastify, { type FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface Session {
    /** How many of each product. Two products added at once are merged; one product twice at once counts once. */
    basket?: Record<string, number>;
  }
}

export async function createApp(store: SessionStore): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    store: fastifySessionStore({ store }),
    secret: process.env['SESSION_SECRET'] ?? 'only for trying it out: at least 32 characters',
    cookie: { maxAge: 14 * 86_400_000, sameSite: 'lax', secure: 'auto' },
    saveUninitialized: false,
  });

  app.get('/', async (request) => request.session.basket ?? {});

  // The session is saved before the response is sent; if that fails, the response is the error.
  app.post<{ Params: { product: string } }>('/basket/:product', async (request, reply) => {
    const { product } = request.params;
    const basket = (request.session.basket ??= {});
    basket[product] = (basket[product] ?? 0) + 1;
    return reply.redirect('/', 303);
  });

  app.post('/logout', async (request, reply) => {
    await request.session.destroy();
    return reply.clearCookie('sessionId').redirect('/', 303);
  });

  return app;
}

export async function start(store: SessionStore, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const app = await createApp(store);
  await app.listen({ port });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}
