import { Router } from 'express';
import type { Readiness } from '../shop-dependencies.ts';

export function healthRoutes(readiness: () => Promise<Readiness>): Router {
  const router = Router();

  router.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').type('text').send('ok\n');
  });

  router.get('/readyz', async (_request, response) => {
    const { isReady, checks } = await readiness();
    response
      .status(isReady ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ ready: isReady, checks });
  });

  return router;
}
