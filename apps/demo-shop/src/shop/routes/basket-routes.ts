import { Router, type Request, type Response } from 'express';
import { basketView } from '../basket-view.ts';
import { addToBasket, countItems, removeFromBasket, setInBasket, type Basket } from '../basket.ts';
import { productIdField, quantityField } from '../form-fields.ts';
import { PART_HEADERS, partWanted } from '../part-wanted.ts';
import { priceBasket } from '../priced-basket.ts';
import type { ShopContext } from '../shop-context.ts';
import { ShopError } from '../shop-error.ts';
import { basketOf, changeBasket, sessionOf } from '../shop-session.ts';
import { wantsJson } from '../wants-json.ts';

export function basketRoutes(shop: ShopContext): Router {
  const router = Router();

  router.get('/basket', async (request, response) => {
    const basket = await basketOf(sessionOf(request));
    response.vary(`Accept, ${PART_HEADERS}`);
    const part = partWanted(request);
    const itemCount = countItems(basket);
    if (part === 'count') return shop.showPart(request, response, { view: 'count-part', page: {}, itemCount });
    if (part === 'basket') return showLines(shop, request, response, basket);
    if (part === undefined && wantsJson(request)) return sendBasket(shop, request, response, basket);
    await showBasket(shop, request, response, basket);
  });

  router.post('/basket/add', async (request, response) => {
    const productId = productIdField(request.body);
    const quantity = quantityField(request.body, 1, 1);
    const name = await nameOf(shop, productId);
    await change(
      shop,
      request,
      response,
      (basket) => addToBasket(basket, productId, quantity),
      `${name} is in your basket.`,
    );
  });

  router.post('/basket/set', async (request, response) => {
    const productId = productIdField(request.body);
    const quantity = quantityField(request.body, 0);
    const name = quantity === 0 ? undefined : await nameOf(shop, productId);
    const notice = name === undefined ? 'Removed from your basket.' : `${name}: now ${quantity} in your basket.`;
    await change(shop, request, response, (basket) => setInBasket(basket, productId, quantity), notice);
  });

  router.post('/basket/remove', async (request, response) => {
    // No look at the catalogue: what has left it can be removed as well.
    const productId = productIdField(request.body);
    await change(shop, request, response, (basket) => removeFromBasket(basket, productId), 'Removed from your basket.');
  });

  return router;
}

/** @throws {ShopError} PRODUCT_UNKNOWN */
async function nameOf({ db }: ShopContext, productId: string): Promise<string> {
  const product = await db.product.findUnique({ where: { id: Number(productId) }, select: { name: true } });
  if (product === null) throw new ShopError('PRODUCT_UNKNOWN');
  return product.name;
}

async function change(
  shop: ShopContext,
  request: Request,
  response: Response,
  changeOf: (basket: Basket) => Basket,
  notice: string,
): Promise<void> {
  const part = partWanted(request);
  const isJson = part === undefined && wantsJson(request);
  // Only a page that comes after this has to be told what to say.
  const isWholePage = part === undefined && !isJson;
  const basket = await changeBasket(sessionOf(request), changeOf, isWholePage ? notice : undefined);
  response.vary(`Accept, ${PART_HEADERS}`);
  if (isJson) return sendBasket(shop, request, response, basket);
  if (part === undefined) return response.redirect(303, '/basket');
  if (part === 'basket') return showLines(shop, request, response, basket, notice);
  const itemCount = countItems(basket);
  await shop.showPart(request, response, { view: 'added-part', page: {}, itemCount, notice });
}

async function sendBasket(shop: ShopContext, request: Request, response: Response, basket: Basket): Promise<void> {
  const [priced, customer] = await Promise.all([priceBasket(shop.db, basket), shop.customerOf(request)]);
  response.json({
    items: priced.lines.map(({ product, quantity }) => ({
      productId: String(product.id),
      quantity,
      name: product.name,
      priceCents: product.priceCents,
    })),
    totalCents: priced.totalCents,
    user: customer === null ? null : { email: customer.email },
    csrfToken: shop.csrf.token(request, response),
  });
}

async function showBasket(shop: ShopContext, request: Request, response: Response, basket: Basket): Promise<void> {
  const page = basketView(await priceBasket(shop.db, basket), shop.assets);
  await shop.showPage(request, response, { view: 'basket', title: 'Your basket', page });
}

/** What of the basket's page depends on the basket, for a page that is open. */
async function showLines(
  shop: ShopContext,
  request: Request,
  response: Response,
  basket: Basket,
  notice?: string,
): Promise<void> {
  const page = basketView(await priceBasket(shop.db, basket), shop.assets);
  const said = { itemCount: countItems(basket), ...(notice !== undefined && { notice }) };
  await shop.showPart(request, response, { view: 'basket-part', page, ...said });
}
