import { timingSafeEqual } from 'node:crypto';
import { Router } from 'express';
import type { MoveFlags } from '@switchyard/flags';
import type { RequestTracker } from './request-tracker.ts';

const sameText = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** What an operator may ask a process: which flags it sees, and whether requests with older ones are still under way. */
export function createInternalRouter(token: string, flags: MoveFlags, requests: RequestTracker): Router {
  const router = Router();
  router.use((request, response, next) => {
    if (sameText(request.get('authorization') ?? '', `Bearer ${token}`)) next();
    else response.status(401).json({ error: { code: 'UNAUTHORIZED', message: 'A bearer token is needed.' } });
  });
  router.get('/state', async (_request, response) => {
    const now = await flags.read();
    response.json({ pid: process.pid, flags: now, ...requests.count(now) });
  });
  return router;
}
