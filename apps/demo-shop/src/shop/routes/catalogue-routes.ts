import { Router } from 'express';
import { categories as known } from '../../catalogue/categories.ts';
import { MOST_PER_LINE } from '../basket.ts';
import { anchorOf, productTile, tileSelection, type StoredProduct } from '../product-tile.ts';
import { shelfHref } from '../shelf-links.ts';
import type { ShopContext } from '../shop-context.ts';
import { ShopError } from '../shop-error.ts';
import type { CategoryView } from '../views.ts';

export function catalogueRoutes({ db, assets, showPage }: ShopContext): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const products = await db.product.findMany({ select: tileSelection, orderBy: { id: 'asc' } });
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
      select: tileSelection,
      orderBy: { id: 'asc' },
      take: 4,
    });
    const { description, category } = product;
    const page = {
      product: { ...productTile(product, assets), description, category, categoryHref: hrefOf(category) },
      more: more.map((other) => productTile(other, assets)),
      mostPerLine: MOST_PER_LINE,
    };
    await showPage(request, response, { view: 'product', title: product.name, page });
  });

  const categoryView = (name: string, shelf: readonly StoredProduct[]): CategoryView => ({
    name,
    anchor: anchorOf(name),
    href: hrefOf(name),
    motto: known.find((category) => category.name === name)?.motto,
    products: shelf.map((product) => productTile(product, assets)),
  });

  return router;
}

const hrefOf = (name: string): string | undefined => {
  const category = known.find((each) => each.name === name);
  return category === undefined ? undefined : shelfHref(category.slug);
};

/** By category, in the order in which the first of each appears. */
function shelve(products: readonly StoredProduct[]): Map<string, StoredProduct[]> {
  const shelves = new Map<string, StoredProduct[]>();
  for (const product of products) shelves.set(product.category, [...(shelves.get(product.category) ?? []), product]);
  return shelves;
}
