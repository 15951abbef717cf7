import { memoryStore, type SessionStore } from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import supertest from 'supertest';
import { start as startExpress } from '../../examples/express.ts';
import { start as startHono } from '../../examples/hono.ts';
import { start as startNext } from '../../examples/next.ts';
import { start as startWeb } from '../../examples/web.ts';

const EXAMPLES = { express: startExpress, hono: startHono, next: startNext, web: startWeb };

describe.each(Object.entries(EXAMPLES))('examples/%s.ts', (_name, start) => {
  type Agent = ReturnType<typeof supertest.agent>;
  const visit = async (store: SessionStore, visits: (agent: Agent, url: string) => Promise<void>) => {
    const { port, close } = await start(store, 0);
    const url = `http://localhost:${port}`;
    await visits(supertest.agent(url), url);
    await close();
  };

  it('keeps a visitor’s basket through the login, until the logout', async () => {
    await visit(memoryStore(), async (agent, url) => {
      await agent.get('/').expect(200, { user: null, basket: {} });
      const added = await agent.post('/basket/tea').expect(303);
      expect(new URL(added.headers['location'] as string, url).href).toBe(`${url}/`);
      await agent.post('/basket/tea').expect(303);
      await agent.post('/basket/green%20tea').expect(303);
      const basket = { tea: 2, 'green tea': 1 };
      await agent.get('/').expect(200, { user: null, basket });
      await agent.post('/login/ann').expect(303);
      await agent.get('/').expect(200, { user: 'ann', basket });
      await agent.post('/logout').expect(303);
      await agent.get('/').expect(200, { user: null, basket: {} });
      await agent.get('/no/such/page').expect(404);
    });
  });

  it('loses nothing of what is added at once', async () => {
    await visit(memoryStore(), async (agent, url) => {
      const first = await agent.post('/basket/p0').expect(303);
      const cookie = String(first.headers['set-cookie']).split(';')[0] as string;
      const names = Array.from({ length: 8 }, (_, i) => `p${i}`);
      await Promise.all(names.map((name) => supertest(url).post(`/basket/${name}`).set('Cookie', cookie).expect(303)));
      const { basket } = (await agent.get('/')).body as { basket: object };
      expect(Object.keys(basket).toSorted()).toEqual(names);
    });
  });

  it('answers 503 while the store cannot be reached, and goes on with the same session afterwards', async () => {
    const store = new FaultyStore(memoryStore());
    await visit(store, async (agent) => {
      await agent.post('/basket/tea').expect(303);
      store.fault = 'down';
      const response = await agent.post('/basket/tea').expect(503);
      expect(response.headers['retry-after']).toBe('2');
      store.fault = 'none';
      await agent.get('/').expect(200, { user: null, basket: { tea: 1 } });
    });
  });
});
