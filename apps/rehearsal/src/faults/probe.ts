import { wait } from '../move/wait.ts';
import { createCookieJar, type CookieJar } from '../shopper/cookie-jar.ts';
import { createHttpClient, type HttpClient, type HttpRequest } from '../shopper/http-client.ts';
import type { ShopProcess } from '../stage/shop-process.ts';

/** Tries whether the shop serves, with sessions of its own. */
export interface Probe {
  /**
   * Resolves, when every process has served once since, to how long that took, in milliseconds; `undefined`: one of them
   * did not within `limitMs`.
   */
  untilServed(limitMs: number, signal: AbortSignal): Promise<number | undefined>;
  close(): void;
}

const ANSWER_WITHIN_MS = 2_500;
const EVERY_MS = 50;

/** One process: whether it can read the sessions of every bucket, and save one. */
interface ProcessProbe {
  readonly client: HttpClient;
  readonly jar: CookieJar;
}

export function createProbe(processes: readonly ShopProcess[], productId: string): Probe {
  const probes = processes.map(({ port }): ProcessProbe => ({
    client: createHttpClient(port, { timeoutMs: ANSWER_WITHIN_MS }),
    jar: createCookieJar(),
  }));
  return {
    untilServed: async (limitMs, signal) => {
      const since = performance.now();
      const served = await Promise.all(
        probes.map((probe) => untilOneServes(probe, productId, since + limitMs, signal)),
      );
      return served.every(Boolean) ? performance.now() - since : undefined;
    },
    close: () => probes.forEach(({ client }) => client.close()),
  };
}

async function untilOneServes(
  probe: ProcessProbe,
  productId: string,
  giveUpAt: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (; performance.now() < giveUpAt; await wait(EVERY_MS, signal))
    if ((await readsAll(probe)) && (await saves(probe, productId))) return true;
  return false;
}

async function readsAll({ client }: ProcessProbe): Promise<boolean> {
  const { json } = { json: undefined, ...(await client.send({ method: 'GET', path: '/readyz' })) };
  const checks = (json as { checks?: Readonly<Record<string, string>> } | null | undefined)?.checks;
  return checks?.['main'] === 'ok' && checks['session store'] === 'ok';
}

async function saves(probe: ProcessProbe, productId: string): Promise<boolean> {
  const form = await send(probe, { method: 'GET', path: '/basket' });
  const csrfToken = (form.json as { csrfToken?: unknown } | null | undefined)?.csrfToken;
  if (form.status !== 200 || typeof csrfToken !== 'string') return false;
  const saved = await send(probe, {
    method: 'POST',
    path: '/basket/set',
    body: { productId, quantity: 1 },
    headers: { 'x-csrf-token': csrfToken },
  });
  return saved.status === 200;
}

async function send({ client, jar }: ProcessProbe, request: HttpRequest): Promise<{ status: number; json: unknown }> {
  const cookie = jar.header();
  const response = await client.send({
    ...request,
    headers: { ...request.headers, ...(cookie !== undefined && { cookie }) },
  });
  if (response.status === undefined) return { status: 0, json: undefined };
  jar.accept(response.setCookies);
  return response;
}
