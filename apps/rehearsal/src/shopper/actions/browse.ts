import { send, type Visit } from '../visit.ts';

/** Looks at the catalogue, which shows nothing of the basket that could be checked. */
export async function browse(visit: Visit): Promise<void> {
  await send(visit, { method: 'GET', path: '/' });
}
