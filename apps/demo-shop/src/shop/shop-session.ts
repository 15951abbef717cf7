import type { Request } from 'express';
import type { Session } from '@switchyard/session-backends';
import { readBasket, takeFromBasket, type Basket } from './basket.ts';

/** The session that the middleware has put on the request. */
export const sessionOf = (request: Request): Session => (request as Request & { session: Session }).session;

/** Who is logged in; `null` for a guest. */
export const customerIdOf = async (session: Session): Promise<string | null> => (await session.userId()) ?? null;

/** Gives the session a new key; a guest's basket comes along, another customer's does not. Durable when it resolves. */
export const logIn = (session: Session, customerId: string): Promise<void> => session.login(customerId);

/** Ends the session for good, in every tab. */
export const logOut = (session: Session): Promise<void> => session.logout();

export const basketOf = async (session: Session): Promise<Basket> => readBasket(await session.get('basket'));

/**
 * The only way to change a basket: it is applied to the newest basket there is, again if another tab was faster, and
 * durable when this resolves. The notice is what the next page says.
 */
export async function changeBasket(
  session: Session,
  change: (basket: Basket) => Basket,
  notice?: string,
): Promise<Basket> {
  let basket: Basket = {};
  await session.update((data) => {
    basket = change(readBasket(data['basket']));
    data['basket'] = basket;
    if (notice !== undefined) data['notice'] = notice;
  });
  return basket;
}

/** What the page after this one says, once. */
export const leaveNotice = (session: Session, notice: string): Promise<void> => session.set('notice', notice);

export async function takeNotice(session: Session): Promise<string | null> {
  const notice = await session.pop('notice', null);
  return typeof notice === 'string' ? notice : null;
}

/** The key of the checkout that this session has open: one for all its tabs, so that they make one order. */
export async function openCheckout(session: Session, freshKey: string): Promise<string> {
  const opened = await openedCheckout(session);
  if (opened !== null) return opened;
  let key = freshKey;
  await session.update((data) => {
    const another = data['checkoutKey'];
    key = typeof another === 'string' ? another : freshKey;
    data['checkoutKey'] = key;
  });
  return key;
}

export async function openedCheckout(session: Session): Promise<string | null> {
  const key = await session.get('checkoutKey');
  return typeof key === 'string' ? key : null;
}

export interface OrderedBasket {
  readonly orderId: string;
  readonly checkoutKey: string;
  readonly lines: Basket;
}

/** Orders of guests that a session remembers, so that it may be shown them. */
const MOST_ORDERS = 10;

/** Takes what was ordered out of the basket, exactly once however often it is called, and remembers the order. */
export async function closeCheckout(session: Session, ordered: OrderedBasket): Promise<void> {
  await session.update((data) => {
    if (data['checkoutKey'] !== ordered.checkoutKey) return;
    data['basket'] = takeFromBasket(readBasket(data['basket']), ordered.lines);
    delete data['checkoutKey'];
    const earlier = Object.keys(rememberedOrders(data['orders'])).filter((id) => id !== ordered.orderId);
    const kept = [...earlier, ordered.orderId].slice(-MOST_ORDERS);
    data['orders'] = Object.fromEntries(kept.map((id) => [id, true]));
  });
}

export async function remembersOrder(session: Session, orderId: string): Promise<boolean> {
  return Object.hasOwn(rememberedOrders(await session.get('orders')), orderId);
}

const rememberedOrders = (stored: unknown): object => (typeof stored === 'object' && stored !== null ? stored : {});
