import type { Request } from 'express';
import type { Session } from '@switchyard/session-backends';
import { readBasket, takeFromBasket, type Basket } from './basket.ts';

/** What the shop keeps in a session. It is changed in `update(fn)` only, so that tabs never undo each other's work. */
export interface ShopSessionData {
  basket: Basket;
  /** What the next page says, once. */
  notice: string;
  /** Of the checkout that is open. */
  checkoutKey: string;
  /** Orders that a guest may be shown, by id, the oldest first. */
  orders: Readonly<Record<string, true>>;
}

export type ShopSession = Session<ShopSessionData>;

/** The session that the middleware has put on the request. */
export const sessionOf = (request: Request): ShopSession => Reflect.get(request, 'session') as ShopSession;

/** Who is logged in; `null` for a guest. */
export const customerIdOf = (session: ShopSession): Promise<string | null> => session.getUserId();

/** Gives the session a new key; a guest's basket comes along, another customer's does not. */
export async function logIn(session: ShopSession, customerId: string, notice: string): Promise<void> {
  await session.login(customerId);
  await leaveNotice(session, notice);
}

/** Ends the session for good, in every tab. */
export const logOut = (session: ShopSession): Promise<void> => session.logout();

export const basketOf = async (session: ShopSession): Promise<Basket> => readBasket(await session.get('basket'));

/**
 * The only way to change a basket: the change is made to the newest basket there is, again if another tab was faster,
 * and is durable when this resolves. The notice is what the next page says.
 */
export async function changeBasket(
  session: ShopSession,
  change: (basket: Basket) => Basket,
  notice?: string,
): Promise<Basket> {
  let basket: Basket = {};
  await session.update((data) => {
    basket = change(readBasket(data.basket));
    data.basket = basket;
    if (notice !== undefined) data.notice = notice;
  });
  return basket;
}

export const leaveNotice = (session: ShopSession, notice: string): Promise<void> =>
  session.update((data) => {
    data.notice = notice;
  });

export async function takeNotice(session: ShopSession): Promise<string | null> {
  let notice: unknown = await session.get('notice');
  if (notice === undefined) return null;
  await session.update((data) => {
    notice = data.notice;
    delete data.notice;
  });
  return typeof notice === 'string' ? notice : null;
}

/** The key of the checkout that this session has open: one for all its tabs, so that they make one order. */
export async function openCheckout(session: ShopSession, freshKey: string): Promise<string> {
  const opened = await openedCheckout(session);
  if (opened !== null) return opened;
  let key = freshKey;
  await session.update((data) => {
    key = data.checkoutKey ?? freshKey;
    data.checkoutKey = key;
  });
  return key;
}

export const openedCheckout = (session: ShopSession): Promise<string | null> => session.get('checkoutKey', null);

export interface OrderedBasket {
  readonly orderId: string;
  readonly checkoutKey: string;
  readonly lines: Basket;
}

/** Orders that a session remembers. */
const MOST_ORDERS = 10;

/** Takes what was ordered out of the basket, exactly once however often it is called, and remembers the order. */
export async function closeCheckout(session: ShopSession, ordered: OrderedBasket): Promise<void> {
  await session.update((data) => {
    if (data.checkoutKey !== ordered.checkoutKey) return;
    data.basket = takeFromBasket(readBasket(data.basket), ordered.lines);
    delete data.checkoutKey;
    const kept = [...Object.keys(data.orders ?? {}), ordered.orderId].slice(-MOST_ORDERS);
    data.orders = Object.fromEntries(kept.map((id) => [id, true] as const));
  });
}

export async function remembersOrder(session: ShopSession, orderId: string): Promise<boolean> {
  return Object.hasOwn(await session.get('orders', {}), orderId);
}
