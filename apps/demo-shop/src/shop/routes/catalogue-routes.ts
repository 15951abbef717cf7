import { Router } from 'express';
import { MOST_PER_LINE } from '../basket.ts';
import { anchorOf, productTile, tileClass, type StoredProduct } from '../product-tile.ts';
import type { ShopContext } from '../shop-context.ts';
import { ShopError } from '../shop-error.ts';
import type { CategoryView } from '../views.ts';

const MOTTOS: Readonly<Record<string, string>> = {
  Brew: 'Put the water on.',
  Write: 'By hand, for once.',
  Grow: 'A little every day.',
  Glow: 'When the evening comes.',
};

export function catalogueRoutes({ db, assets, showPage }: ShopContext): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const products = await db.product.findMany({ orderBy: { id: 'asc' } });
    const categories = shelve(products);
    const page = {
      categories: [...categories].map(([name, shelf]) => categoryView(name, shelf)),
      heroPictures: [...categories.values()]
        .flatMap((shelf) => shelf.slice(0, 1))
        .map((one) => productTile(one, assets)),
    };
    await showPage(request, response, { view: 'catalogue', title: 'Things for slow days', page });
  });

  router.get('/products/:slug', async (request, response) => {
    const { slug } = request.params;
    // Also keeps from PostgreSQL what it would refuse.
    if (!/^[a-z0-9-]{1,80}$/.test(slug)) throw new ShopError('PRODUCT_UNKNOWN');
    const product = await db.product.findUnique({ where: { slug } });
    if (product === null) throw new ShopError('PRODUCT_UNKNOWN');
    const more = await db.product.findMany({
      where: { category: product.category, id: { not: product.id } },
      orderBy: { id: 'asc' },
      take: 4,
    });
    const { description, category } = product;
    const page = {
      product: { ...productTile(product, assets), description, category, categoryAnchor: anchorOf(category) },
      more: more.map((other) => productTile(other, assets)),
      mostPerLine: MOST_PER_LINE,
    };
    await showPage(request, response, { view: 'product', title: product.name, page });
  });

  const categoryView = (name: string, shelf: readonly StoredProduct[]): CategoryView => ({
    name,
    anchor: anchorOf(name),
    tile: tileClass(name),
    motto: MOTTOS[name],
    products: shelf.map((product) => productTile(product, assets)),
  });

  return router;
}

/** By category, in the order in which the first of each appears. */
function shelve(products: readonly StoredProduct[]): Map<string, StoredProduct[]> {
  const shelves = new Map<string, StoredProduct[]>();
  for (const product of products) shelves.set(product.category, [...(shelves.get(product.category) ?? []), product]);
  return shelves;
}
