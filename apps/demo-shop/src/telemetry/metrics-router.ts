import { Router } from 'express';
import type { Registry } from 'prom-client';
import { bearerOnly } from '../bearer-only.ts';

export interface MetricsAccess {
  /** Whoever asks has to bring it; `undefined`: anybody may. */
  readonly token: string | undefined;
}

/** `/metrics`, as Prometheus asks for it. */
export function metricsRouter(registry: Registry, { token }: MetricsAccess): Router {
  const router = Router();
  if (token !== undefined) router.use('/metrics', bearerOnly(token));
  router.get('/metrics', async (_request, response) => {
    const text = await registry.metrics();
    response.set({ 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' }).send(text);
  });
  return router;
}
