import { Router } from 'express';
import type { MoveFlags } from '@switchyard/flags';
import { bearerOnly } from './bearer-only.ts';
import type { RequestTracker } from './request-tracker.ts';

/** What an operator may ask a process: which flags it sees, and whether requests with older ones are still under way. */
export function createInternalRouter(token: string, flags: MoveFlags, requests: RequestTracker): Router {
  const router = Router();
  router.use(bearerOnly(token));
  router.get('/state', async (_request, response) => {
    const now = await flags.read();
    response.json({ pid: process.pid, flags: now, ...requests.count(now) });
  });
  return router;
}
