import type { ShopDatabase } from '../shop/shop-database.ts';
import { products, type CatalogueProduct } from './products.ts';

/**
 * Brings the product table in line with the catalogue and returns how many rows that wrote. Safe to run at every start
 * and from several processes at once. Products that left the catalogue are kept: old orders name them.
 */
export async function seedCatalogue(
  db: Pick<ShopDatabase, 'product'>,
  catalogue: readonly CatalogueProduct[] = products,
): Promise<number> {
  const stored = new Map((await db.product.findMany()).map((product) => [product.slug, product]));
  const missing = catalogue.filter((product) => !stored.has(product.slug));
  const changed = catalogue.filter((product) => {
    const row = stored.get(product.slug);
    return row !== undefined && !isSame(row, product);
  });
  // One insert in the order of the catalogue, so that ids rise in that order.
  const { count } = await db.product.createMany({ data: [...missing], skipDuplicates: true });
  for (const product of changed) await db.product.update({ where: { slug: product.slug }, data: product });
  return count + changed.length;
}

function isSame(row: CatalogueProduct, product: CatalogueProduct): boolean {
  return (
    row.name === product.name &&
    row.description === product.description &&
    row.category === product.category &&
    row.priceCents === product.priceCents &&
    row.picture === product.picture
  );
}
