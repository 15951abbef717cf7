import fastifyCookie from '@fastify/cookie';
import fastifySession, { type FastifySessionOptions } from '@fastify/session';
import { fastifySessionStore, type FastifySessionStoreOptions } from '@switchyard/session-backends/fastify';
import Fastify from 'fastify';
import type { Adapter } from './adapter-shop.ts';

interface Lines {
  lines?: Record<string, string>;
}

interface ShopOptions extends Partial<FastifySessionStoreOptions> {
  readonly library?: Partial<FastifySessionOptions>;
}

export const fastifySessionShop = ({ library, ...options }: ShopOptions = {}): Adapter => ({
  name: 'sessionId',
  open: async ({ store, during, onEvent }) => {
    const app = Fastify();
    await app.register(fastifyCookie);
    await app.register(fastifySession, {
      store: fastifySessionStore({ store, onEvent, ...options }),
      secret: 'a secret of at least thirty-two characters',
      cookie: { maxAge: 3_600_000, secure: false },
      saveUninitialized: false,
      ...library,
    });
    app.get('/show', async ({ session }) => (session as Lines).lines ?? {});
    app.post<{ Params: { name: string }; Querystring: { text?: string } }>('/add/:name', async (request, reply) => {
      await during();
      ((request.session as Lines).lines ??= {})[request.params.name] = request.query.text ?? '1';
      return reply.code(204).send();
    });
    app.post('/logout', async ({ session }, reply) => {
      await session.destroy();
      return reply.code(204).send();
    });
    app.post('/regenerate', async ({ session }, reply) => {
      await session.regenerate(['lines']);
      return reply.code(204).send();
    });
    app.post('/reload/:name', async (request, reply) => {
      await during();
      await request.session.reload();
      ((request.session as Lines).lines ??= {})[(request.params as { name: string }).name] = '1';
      return reply.code(204).send();
    });
    await app.ready();
    return app.server;
  },
});
