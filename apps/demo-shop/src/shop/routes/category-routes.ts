import { Router } from 'express';
import { categories } from '../../catalogue/categories.ts';
import { productTile, tileClass, tileSelection } from '../product-tile.ts';
import { shelfHref } from '../shelf-links.ts';
import type { ShopContext } from '../shop-context.ts';
import { ShopError } from '../shop-error.ts';
import { orderByOf, sortLinks, sortOrderOf } from '../sort-order.ts';

export function categoryRoutes({ db, assets, showPage }: ShopContext): Router {
  const router = Router();

  router.get('/categories/:slug', async (request, response) => {
    const category = categories.find(({ slug }) => slug === request.params.slug);
    if (category === undefined) throw new ShopError('PAGE_UNKNOWN');
    const order = sortOrderOf(request.query['sort']);
    const products = await db.product.findMany({
      where: { category: category.name },
      select: tileSelection,
      orderBy: orderByOf(order),
    });
    const page = {
      name: category.name,
      motto: category.motto,
      description: category.description,
      tile: tileClass(category.name),
      products: products.map((product) => productTile(product, assets)),
      sorts: sortLinks(shelfHref(category.slug), order),
    };
    await showPage(request, response, { view: 'category', title: category.name, page });
  });

  return router;
}
