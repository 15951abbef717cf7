import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { checkCheckoutForm, readCheckoutForm, type CheckoutFields } from '../checkout-form.ts';
import { formatMoney } from '../format-money.ts';
import { textField } from '../form-fields.ts';
import { lineView } from '../line-view.ts';
import { findOrderOf, placeOrder, type PlacedOrder } from '../place-order.ts';
import { priceBasket } from '../priced-basket.ts';
import type { ShopContext } from '../shop-context.ts';
import { ShopError } from '../shop-error.ts';
import {
  basketOf,
  closeCheckout,
  leaveNotice,
  openCheckout,
  openedCheckout,
  remembersOrder,
  sessionOf,
} from '../shop-session.ts';
import type { FieldErrors } from '../views.ts';
import { wantsJson } from '../wants-json.ts';

export function checkoutRoutes(shop: ShopContext): Router {
  const router = Router();

  router.get('/checkout', async (request, response) => {
    const session = sessionOf(request);
    const opened = await openedCheckout(session);
    // The order was written, but the answer never came: its lines are still in the basket.
    const order = opened === null ? null : await findOrderOf(shop.db, opened);
    if (order !== null) {
      await closeCheckout(session, order);
      await leaveNotice(session, 'Your order had gone through already.');
      return response.redirect(303, `/orders/${order.orderId}`);
    }
    const customer = await shop.customerOf(request);
    const fields = { name: customer?.name ?? '', email: customer?.email ?? '', address: '' };
    await showCheckout(shop, request, response, fields, {});
  });

  router.post('/checkout', async (request, response) => {
    const fields = readCheckoutForm(request.body);
    const checkoutKey = textField(request.body, 'checkoutKey') ?? '';
    const session = sessionOf(request);
    // The session before the order: whoever closes this checkout meanwhile has written the order by then.
    const opened = await openedCheckout(session);
    const repeated = await findOrderOf(shop.db, checkoutKey);
    if (repeated !== null && (opened === checkoutKey || (await mayStillSee(shop, request, repeated)))) {
      await closeCheckout(session, repeated);
      return response.redirect(303, `/orders/${repeated.orderId}`);
    }
    if (opened !== checkoutKey) throw new ShopError('CHECKOUT_STALE');
    const errors = checkCheckoutForm(fields);
    if (Object.keys(errors).length > 0) return showCheckout(shop, request, response, fields, errors);
    const order = await placeOrder(shop.db, {
      checkoutKey,
      customerId: (await shop.customerOf(request))?.id ?? null,
      basket: await basketOf(session),
      fields,
      shownTotalCents: centsField(request.body),
    });
    await closeCheckout(session, order);
    response.redirect(303, `/orders/${order.orderId}`);
  });

  return router;
}

/** The button was pressed twice, or the first answer was lost. An order that is not this visitor's is none. */
async function mayStillSee(shop: ShopContext, request: Request, order: PlacedOrder): Promise<boolean> {
  if (await remembersOrder(sessionOf(request), order.orderId)) return true;
  const customer = await shop.customerOf(request);
  return customer !== null && customer.id === order.customerId;
}

async function showCheckout(
  shop: ShopContext,
  request: Request,
  response: Response,
  values: CheckoutFields,
  errors: FieldErrors<CheckoutFields>,
): Promise<void> {
  const session = sessionOf(request);
  const priced = await priceBasket(shop.db, await basketOf(session));
  if (priced.lines.length === 0 || priced.gone.length > 0) return response.redirect(303, '/basket');
  const checkoutKey = await openCheckout(session, randomUUID());
  const { totalCents } = priced;
  response.set('Cache-Control', 'no-store').vary('Accept');
  if (wantsJson(request)) {
    response.json({ checkoutKey, totalCents, csrfToken: shop.csrf.token(request, response) });
    return;
  }
  const page = {
    checkoutKey,
    lines: priced.lines.map((line) => lineView(line, shop.assets)),
    total: formatMoney(totalCents),
    totalCents,
    values,
    errors,
    isGuest: (await shop.customerOf(request)) === null,
  };
  const isRight = Object.keys(errors).length === 0;
  // The title is the first thing that a screen reader says of a page.
  const title = isRight ? 'Check out' : 'Please look again: Check out';
  const status = isRight ? 200 : 422;
  await shop.showPage(request, response, { view: 'checkout', title, page, status });
}

/** The total that the form has shown; `undefined` where the form has none. */
function centsField(body: unknown): number | undefined {
  const text = textField(body, 'shownTotalCents');
  if (text === undefined) return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : NaN;
}
