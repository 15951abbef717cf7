import type { HttpClient } from '../http-client.ts';
import { see, send, type Visit } from '../visit.ts';

/** Looks at the basket; through a process of choice, or any. */
export async function look(visit: Visit, server?: HttpClient): Promise<void> {
  const sent = await send(visit, { method: 'GET', path: '/basket' }, server === undefined ? {} : { server });
  if (sent.shown !== undefined) see(visit, sent.shown, sent.receivedAt);
}
