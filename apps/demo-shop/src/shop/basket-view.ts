import type { Assets } from './assets.ts';
import { MOST_PER_LINE } from './basket.ts';
import { formatMoney } from './format-money.ts';
import { lineView } from './line-view.ts';
import type { PricedBasket } from './priced-basket.ts';
import type { BasketView } from './views.ts';

export const basketView = ({ lines, gone, totalCents }: PricedBasket, assets: Assets): BasketView => ({
  lines: lines.map((line) => lineView(line, assets)),
  gone: gone.map((productId) => ({ productId })),
  total: formatMoney(totalCents),
  canCheckOut: lines.length > 0 && gone.length === 0,
  mostPerLine: MOST_PER_LINE,
});
