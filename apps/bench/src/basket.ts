import { createHash } from 'node:crypto';
import type { SessionKey } from '@switchyard/session-backends';

/** What every subject keeps: the cookie that express-session's stores read the expiry from, and a basket. */
export interface Basket {
  readonly cookie: { originalMaxAge: number; expires: string; httpOnly: boolean; path: string };
  /** Other for each save, and as long. */
  revision: number;
  readonly basket: Record<string, { quantity: number; price: string }>;
  /** As much as is missing from the size asked for. */
  readonly note: string;
}

export const BASKET_BYTES = 876;
export const AGE_MS = 14 * 86_400_000;
const FIRST_REVISION = 1_000_000;

const lineOf = (n: number): [string, { quantity: number; price: string }] => [
  `product-${100 + n}`,
  { quantity: 1 + (n % 9), price: `${10 + (n % 90)}.50` },
];

/** A basket that is exactly so many bytes of JSON. */
export function basketOf(bytes: number = BASKET_BYTES): Basket {
  const basket: Basket = {
    cookie: {
      originalMaxAge: AGE_MS,
      expires: new Date(Date.now() + AGE_MS).toISOString(),
      httpOnly: true,
      path: '/',
    },
    revision: FIRST_REVISION,
    basket: {},
    note: '',
  };
  let length = JSON.stringify(basket).length;
  for (let n = 0; length < bytes * 0.8; n++) {
    const [product, line] = lineOf(n);
    basket.basket[product] = line;
    // With its name in quotes, a colon and a comma.
    length += product.length + JSON.stringify(line).length + 4;
  }
  return { ...basket, note: 'x'.repeat(Math.max(0, bytes - JSON.stringify(basket).length)) };
}

/** The next save's content: another revision, of the same length. */
export function revise(basket: Basket): Basket {
  basket.revision = FIRST_REVISION + ((basket.revision + 1) % FIRST_REVISION);
  return basket;
}

/** The nth session key of a bench, the same for every subject. */
export const nthKey = (n: number): SessionKey =>
  createHash('sha256').update(`bench ${n}`).digest('hex').slice(0, 32) as SessionKey;
