import type { Basket } from './basket.ts';
import type { CheckoutFields } from './checkout-form.ts';
import { isUniqueViolation } from './is-unique-violation.ts';
import { priceBasket } from './priced-basket.ts';
import type { ShopDatabase } from './shop-database.ts';
import { ShopError } from './shop-error.ts';
import type { OrderedBasket } from './shop-session.ts';

export interface Checkout {
  /** Two submits of one key make one order: the first one's. */
  readonly checkoutKey: string;
  readonly customerId: string | null;
  readonly basket: Basket;
  readonly fields: CheckoutFields;
  /** What the customer saw; `undefined` accepts any total. */
  readonly shownTotalCents: number | undefined;
}

/**
 * Writes the order in one transaction, at the prices that the database has in it, or returns the one that this checkout
 * has written already.
 *
 * @throws {ShopError} BASKET_EMPTY; PRODUCT_GONE; CHECKOUT_STALE when the total is not the one shown. Nothing is written.
 */
export async function placeOrder(db: ShopDatabase, checkout: Checkout): Promise<OrderedBasket> {
  try {
    return await writeOrder(db, checkout);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const order = await findOrderOf(db, checkout.checkoutKey);
    if (order === null) throw error;
    return order;
  }
}

/** The order that a checkout has made, if it has. */
export async function findOrderOf(db: Pick<ShopDatabase, 'order'>, checkoutKey: string): Promise<PlacedOrder | null> {
  const order = await db.order.findUnique({
    where: { checkoutKey },
    select: { id: true, userId: true, lines: { select: { productId: true, quantity: true } } },
  });
  if (order === null) return null;
  const lines = Object.fromEntries(order.lines.map((line) => [String(line.productId), line.quantity]));
  return { orderId: order.id, customerId: order.userId, checkoutKey, lines };
}

export interface PlacedOrder extends OrderedBasket {
  readonly customerId: string | null;
}

async function writeOrder(db: ShopDatabase, checkout: Checkout): Promise<OrderedBasket> {
  return db.$transaction(async (transaction) => {
    const { lines, gone, totalCents } = await priceBasket(transaction, checkout.basket);
    if (gone.length > 0) throw new ShopError('PRODUCT_GONE');
    if (lines.length === 0) throw new ShopError('BASKET_EMPTY');
    if ((checkout.shownTotalCents ?? totalCents) !== totalCents) throw new ShopError('CHECKOUT_STALE');
    const order = await transaction.order.create({
      data: {
        checkoutKey: checkout.checkoutKey,
        userId: checkout.customerId,
        ...checkout.fields,
        totalCents,
        lines: {
          create: lines.map(({ product, quantity }) => ({
            productId: product.id,
            name: product.name,
            quantity,
            unitPriceCents: product.priceCents,
          })),
        },
      },
      select: { id: true },
    });
    return { orderId: order.id, checkoutKey: checkout.checkoutKey, lines: checkout.basket };
  });
}
