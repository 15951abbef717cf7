import type { Assets } from './assets.ts';
import { formatMoney } from './format-money.ts';
import { tileClass } from './product-tile.ts';
import type { OrderView } from './views.ts';

/** What an order's pages need of the database. */
export const orderSelection = {
  id: true,
  userId: true,
  name: true,
  email: true,
  address: true,
  totalCents: true,
  createdAt: true,
  lines: {
    select: {
      name: true,
      quantity: true,
      unitPriceCents: true,
      product: { select: { picture: true, category: true } },
    },
    orderBy: { id: 'asc' },
  },
} as const;

export interface StoredOrder {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly address: string;
  readonly totalCents: number;
  readonly createdAt: Date;
  readonly lines: readonly {
    readonly name: string;
    readonly quantity: number;
    readonly unitPriceCents: number;
    readonly product: { readonly picture: string; readonly category: string };
  }[];
}

const day = new Intl.DateTimeFormat('en-IE', { dateStyle: 'long', timeZone: 'UTC' });

export function orderView(order: StoredOrder, assets: Assets): OrderView {
  return {
    id: order.id,
    number: order.id.slice(-8).toUpperCase(),
    name: order.name,
    email: order.email,
    addressRows: order.address.split('\n'),
    placedAt: order.createdAt.toISOString(),
    placedOn: day.format(order.createdAt),
    total: formatMoney(order.totalCents),
    itemCount: order.lines.reduce((sum, line) => sum + line.quantity, 0),
    lines: order.lines.map((line) => ({
      name: line.name,
      quantity: line.quantity,
      price: formatMoney(line.unitPriceCents),
      total: formatMoney(line.quantity * line.unitPriceCents),
      picture: assets.href(`products/${line.product.picture}`),
      tile: tileClass(line.product.category),
    })),
  };
}
