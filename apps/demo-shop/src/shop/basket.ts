import { ShopError } from './shop-error.ts';

/** What the session keeps: quantities by product id. Never changed in place. */
export type Basket = Readonly<Record<string, number>>;

export const MOST_PER_LINE = 99;
export const MOST_LINES = 50;

const PRODUCT_ID = /^[1-9]\d{0,9}$/;
const LARGEST_ID = 2_147_483_647;

export const isProductId = (text: string): boolean => PRODUCT_ID.test(text) && Number(text) <= LARGEST_ID;

/** Lines that are none, in whatever way they came to be there, are left out. */
export function readBasket(stored: unknown): Basket {
  if (typeof stored !== 'object' || stored === null) return {};
  return Object.fromEntries(
    Object.entries(stored).filter(([productId, quantity]) => isProductId(productId) && isQuantity(quantity)),
  );
}

const isQuantity = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_PER_LINE;

/** @throws {ShopError} LINE_FULL beyond 99 of one product, BASKET_FULL beyond 50 products */
export function addToBasket(basket: Basket, productId: string, quantity: number): Basket {
  return setInBasket(basket, productId, (basket[productId] ?? 0) + quantity);
}

/** Zero removes the line. @throws {ShopError} LINE_FULL, BASKET_FULL */
export function setInBasket(basket: Basket, productId: string, quantity: number): Basket {
  if (quantity === 0) return removeFromBasket(basket, productId);
  if (quantity > MOST_PER_LINE) throw new ShopError('LINE_FULL');
  if (!(productId in basket) && Object.keys(basket).length >= MOST_LINES) throw new ShopError('BASKET_FULL');
  return { ...basket, [productId]: quantity };
}

export function removeFromBasket(basket: Basket, productId: string): Basket {
  return Object.fromEntries(Object.entries(basket).filter(([id]) => id !== productId));
}

/** What remains once these lines were ordered: what another tab has added meanwhile stays. */
export function takeFromBasket(basket: Basket, ordered: Basket): Basket {
  return Object.fromEntries(
    Object.entries(basket)
      .map(([id, quantity]) => [id, quantity - (ordered[id] ?? 0)] as const)
      .filter(([, quantity]) => quantity > 0),
  );
}

export const countItems = (basket: Basket): number =>
  Object.values(basket).reduce((sum, quantity) => sum + quantity, 0);
