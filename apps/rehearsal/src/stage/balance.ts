import { setTimeout as sleep } from 'node:timers/promises';
import {
  createHttpClient,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type NoResponse,
} from '../shopper/http-client.ts';
import type { ShopProcess } from './shop-process.ts';

/** A request, and what came of it. */
export interface Served {
  /** Index of the process. */
  readonly process: number;
  readonly request: HttpRequest;
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly response: HttpResponse | NoResponse;
}

export interface BalanceOptions {
  readonly onServed: (served: Served) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** More in one process at once are for another: it hangs. */
const MOST_UNDER_WAY = 6;
const TRY_AGAIN_MS = 50;
const GIVE_UP_MS = 10_000;

/**
 * The processes of the shop as a load balancer offers them: each is asked for what is meant for it, and another one in
 * its place while it is away or hangs.
 */
export function balance(processes: readonly ShopProcess[], { onServed, now }: BalanceOptions): HttpClient[] {
  const clients = processes.map(({ port }) => createHttpClient(port));
  const underWay = processes.map(() => 0);

  /** @returns the index of the process; `undefined`: none is open */
  const choose = (wanted: number): number | undefined => {
    const open = processes.flatMap((process, index) => (process.isOpen() ? [index] : []));
    const [leastBusy] = open.toSorted((one, other) => (underWay[one] as number) - (underWay[other] as number));
    return open.includes(wanted) && (underWay[wanted] as number) < MOST_UNDER_WAY ? wanted : leastBusy;
  };

  const ask = async (process: number, request: HttpRequest): Promise<HttpResponse | NoResponse> => {
    const sentAt = now();
    const count = (by: number): void => void (underWay[process] = (underWay[process] ?? 0) + by);
    count(1);
    const response = await (clients[process] as HttpClient).send(request);
    count(-1);
    const wasSent = response.status !== undefined || response.wasSent;
    if (wasSent) onServed({ process, request, sentAt, receivedAt: now(), response });
    return response;
  };

  return clients.map(({ port, close }, wanted) => ({
    port,
    close,
    send: async (request) => {
      const giveUpAt = now() + GIVE_UP_MS;
      for (;;) {
        const process = choose(wanted);
        const response = process === undefined ? undefined : await ask(process, request);
        if (response !== undefined && (response.status !== undefined || response.wasSent)) return response;
        if (now() > giveUpAt)
          return response ?? { status: undefined, reason: 'NOBODY_OPEN', wasSent: false, port: undefined };
        await sleep(TRY_AGAIN_MS);
      }
    },
  }));
}
