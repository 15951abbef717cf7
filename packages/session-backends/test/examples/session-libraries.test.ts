import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { memoryStore, type SessionStore } from '@switchyard/session-backends';
import supertest from 'supertest';

interface Example {
  start(store: SessionStore, port: number): Promise<{ port: number; close(): Promise<void> }>;
}

describe.each(['express-session', 'fastify-session', 'koa-session'])('examples/%s.ts', (name) => {
  const visit = async (store: SessionStore, visits: (agent: ReturnType<typeof supertest.agent>) => Promise<void>) => {
    const { start } = (await import(`../../examples/${name}.ts`)) as Example;
    const { port, close } = await start(store, 0);
    await visits(supertest.agent(`http://localhost:${port}`));
    await close();
  };

  it('counts a visitor’s basket, across restarts, until the logout', async () => {
    const store = memoryStore();
    let cookies = '';
    await visit(store, async (agent) => {
      await agent.post('/basket/tea').expect(303).expect('Location', '/');
      await agent.post('/basket/tea').expect(303);
      const response = await agent.post('/basket/coffee').expect(303);
      cookies = [response.headers['set-cookie']]
        .flat()
        .map((cookie) => String(cookie).split(';')[0])
        .join('; ');
      await agent.get('/').expect(200, { tea: 2, coffee: 1 });
    });
    await visit(store, async (agent) => {
      await agent.get('/').expect(200, {});
      await agent.get('/').set('Cookie', cookies).expect(200, { tea: 2, coffee: 1 });
      await agent.post('/logout').set('Cookie', cookies).expect(303);
      await agent.get('/').set('Cookie', cookies).expect(200, {});
    });
  });

  it('answers 503 when the session cannot be saved', async () => {
    const memory = memoryStore();
    const readOnly: SessionStore = {
      load: memory.load,
      apply: async (operations) =>
        operations.map(() => ({ status: 'unavailable', outcome: 'none', cause: new Error('test') })),
    };
    // koa reports it, as it should.
    const report = jest.spyOn(console, 'error').mockImplementation();
    await visit(readOnly, async (agent) => void (await agent.post('/basket/tea').expect(503)));
    report.mockRestore();
  });
});

describe('examples/run.ts', () => {
  const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../examples');
  const runner = ['--conditions=@switchyard/source', '--import', 'tsx', path.join(folder, 'run.ts')];

  it('runs an example, says where, and ends when it is told to', async () => {
    const child = spawn(process.execPath, [...runner, 'koa-session'], { env: { ...process.env, PORT: '0' } });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const [, address] = /^koa-session: (http:\/\/localhost:\d+)\n$/.exec(line.toString()) ?? [];
    await supertest(address as string)
      .post('/basket/tea')
      .expect(303);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each(['no-such-example', '../src/index', 'map-store'])('does not run "%s"', async (name) => {
    await expect(promisify(execFile)(process.execPath, [...runner, name])).rejects.toMatchObject({ code: 2 });
  });
});
