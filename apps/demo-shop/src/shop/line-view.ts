import type { Assets } from './assets.ts';
import { formatMoney } from './format-money.ts';
import type { PricedLine } from './priced-basket.ts';
import { productTile } from './product-tile.ts';
import type { LineView } from './views.ts';

export const lineView = ({ product, quantity }: PricedLine, assets: Assets): LineView => ({
  product: productTile(product, assets),
  quantity,
  total: formatMoney(quantity * product.priceCents),
});
