import { Router } from 'express';
import { orderSelection, orderView } from '../order-view.ts';
import type { ShopContext } from '../shop-context.ts';
import { ShopError } from '../shop-error.ts';
import { remembersOrder, sessionOf } from '../shop-session.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What the page of all orders shows at most. */
const MOST_ORDERS = 100;

export function orderRoutes({ db, assets, showPage, customerOf }: ShopContext): Router {
  const router = Router();

  router.get('/orders', async (request, response) => {
    response.set('Cache-Control', 'no-store');
    const customer = await customerOf(request);
    if (customer === null) return response.redirect(303, '/login?next=/orders');
    const orders = await db.order.findMany({
      where: { userId: customer.id },
      select: orderSelection,
      orderBy: { id: 'desc' },
      take: MOST_ORDERS,
    });
    const page = { orders: orders.map((order) => orderView(order, assets)) };
    await showPage(request, response, { view: 'orders', title: 'Your orders', page });
  });

  router.get('/orders/:id', async (request, response) => {
    response.set('Cache-Control', 'no-store');
    const { id } = request.params;
    if (!UUID.test(id)) throw new ShopError('ORDER_UNKNOWN');
    const order = await db.order.findUnique({ where: { id }, select: orderSelection });
    if (order === null) throw new ShopError('ORDER_UNKNOWN');
    const customer = await customerOf(request);
    const isTheirs = customer !== null && customer.id === order.userId;
    // Somebody else's order looks like none, so that ids cannot be probed.
    if (!isTheirs && !(await remembersOrder(sessionOf(request), id))) throw new ShopError('ORDER_UNKNOWN');
    const view = orderView(order, assets);
    await showPage(request, response, { view: 'order', title: `Order ${view.number}`, page: { order: view } });
  });

  return router;
}
