import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DevShoppers, ShoppersReport } from '../dev-controls.ts';
import { createBasketAccount } from './basket-account.ts';
import { createShopClient, type ShopAnswer } from './shop-client.ts';

export interface ShoppersOptions {
  /** The shop's address, without a slash at its end. */
  readonly shopUrl: string;
  /** Between two things that a shopper does, on average. Default is 500 ms. */
  readonly pauseMs?: number;
}

type Tally = { -readonly [K in keyof ShoppersReport]: ShoppersReport[K] };

/** More than one process of a demonstration has to bear. */
const MOST_SHOPPERS = 200;
/** A line holds 99. */
const FULL_LINE = 90;
/** Then a shopper goes home, and another one comes with a basket of its own. */
const FULL_BASKET = 120;
const LOOK_CHANCE = 0.25;

/** What was certainly not written, by the shop's own words. */
const REFUSED: ReadonlySet<string | undefined> = new Set([
  'SESSION_UNAVAILABLE',
  'SESSION_BUSY',
  'SESSION_GONE',
  'FORM_EXPIRED',
  'LINE_FULL',
  'BASKET_FULL',
  'PRODUCT_UNKNOWN',
]);

/**
 * Shoppers who add to their baskets and compare what each answer shows with what they have been told is in there. What a
 * stopped shop leaves in doubt is counted as neither: it may be there, or not.
 */
export function createShoppers({ shopUrl, pauseMs = 500 }: ShoppersOptions): DevShoppers {
  const tally: Tally = { shoppers: 0, acknowledged: 0, lost: 0, looks: 0, refused: 0 };
  let leaving = new AbortController();
  let shopping: Promise<void>[] = [];

  const visit = async (productIds: readonly string[], signal: AbortSignal): Promise<void> => {
    const client = createShopClient(shopUrl);
    const account = createBasketAccount();
    const compare = ({ basket }: ShopAnswer): void => {
      if (basket === undefined) return;
      tally.looks++;
      tally.lost += account.compare(basket);
    };
    const look = async (): Promise<void> => {
      const answer = await client.look();
      if (answer.basket === undefined) tally.refused++;
      compare(answer);
    };
    const add = async (): Promise<void> => {
      const productId = productIds[Math.floor(Math.random() * productIds.length)] as string;
      if (account.most(productId) >= FULL_LINE) return;
      const answer = await client.add(productId).catch((error: unknown) => {
        account.uncertain(productId);
        throw error;
      });
      if (answer.basket !== undefined) {
        account.acknowledged(productId);
        tally.acknowledged++;
        compare(answer);
        return;
      }
      tally.refused++;
      if (!REFUSED.has(answer.code)) account.uncertain(productId);
    };

    // The first look brings the token that changes need.
    await attempt(look);
    while (!signal.aborted && account.total() < FULL_BASKET) {
      await attempt(Math.random() < LOOK_CHANCE ? look : add);
      await pause(pauseMs * 2 * Math.random(), signal);
    }
    // Whoever leaves looks once more at everything.
    await attempt(look);
  };

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    await work().catch(() => {
      tally.refused++;
    });
  };

  const shop = async (signal: AbortSignal): Promise<void> => {
    await pause(pauseMs * Math.random(), signal);
    let productIds: readonly string[] = [];
    while (!signal.aborted) {
      if (productIds.length === 0)
        productIds = await createShopClient(shopUrl)
          .productIds()
          .catch(() => []);
      if (productIds.length === 0) await pause(pauseMs, signal);
      else await visit(productIds, signal);
    }
  };

  return {
    start: async (count) => {
      const { signal } = leaving;
      setMaxListeners(0, signal);
      const more = Math.max(0, Math.min(count, MOST_SHOPPERS - tally.shoppers));
      tally.shoppers += more;
      for (let i = 0; i < more; i++) shopping.push(shop(signal));
    },
    stop: async () => {
      leaving.abort();
      leaving = new AbortController();
      const all = shopping;
      shopping = [];
      tally.shoppers = 0;
      await Promise.all(all);
    },
    report: async () => ({ ...tally }),
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
