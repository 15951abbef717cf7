import { Router } from 'express';
import { PART_HEADERS, partWanted } from '../part-wanted.ts';
import { productTile } from '../product-tile.ts';
import { searchProducts } from '../search-products.ts';
import { searchText, searchWords } from '../search-words.ts';
import type { ShopContext } from '../shop-context.ts';

export function searchRoutes({ db, assets, showPage, showPart }: ShopContext): Router {
  const router = Router();

  router.get('/search', async (request, response) => {
    const text = searchText(request.query['q']);
    const found = await searchProducts(db, searchWords(text));
    const page = { text, products: found.map((product) => productTile(product, assets)) };
    const title = text === '' ? 'Search' : `Search: ${text}`;
    response.vary(PART_HEADERS);
    if (partWanted(request) === 'results') await showPart(request, response, { view: 'search-part', page });
    else await showPage(request, response, { view: 'search', title, page });
  });

  return router;
}
