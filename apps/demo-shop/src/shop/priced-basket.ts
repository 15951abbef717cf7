import type { Basket } from './basket.ts';
import type { StoredProduct } from './product-tile.ts';
import type { ShopDatabase } from './shop-database.ts';

export interface PricedLine {
  readonly product: StoredProduct;
  readonly quantity: number;
}

export interface PricedBasket {
  /** In the order of the catalogue. */
  readonly lines: readonly PricedLine[];
  /** Ids of products that the catalogue has lost. */
  readonly gone: readonly string[];
  /** Of the lines; what is gone costs nothing. */
  readonly totalCents: number;
}

/** Looks the basket's products up; names and prices are the database's, as of now. */
export async function priceBasket(db: Pick<ShopDatabase, 'product'>, basket: Basket): Promise<PricedBasket> {
  const ids = Object.keys(basket);
  if (ids.length === 0) return { lines: [], gone: [], totalCents: 0 };
  const products = await db.product.findMany({ where: { id: { in: ids.map(Number) } }, orderBy: { id: 'asc' } });
  const lines = products.map((product) => ({ product, quantity: basket[String(product.id)] ?? 0 }));
  const found = new Set(products.map((product) => String(product.id)));
  return {
    lines,
    gone: ids.filter((id) => !found.has(id)),
    totalCents: lines.reduce((sum, line) => sum + line.quantity * line.product.priceCents, 0),
  };
}
