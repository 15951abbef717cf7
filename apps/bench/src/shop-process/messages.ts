import type { ShopName } from '../shops/shop-named.ts';
import type { Place } from '../subjects/subject.ts';

/** What the process of a shop is started with. */
export interface ShopSettings {
  readonly shop: ShopName;
  readonly place: Place;
}

export type ToShop = { readonly kind: 'usage' } | { readonly kind: 'close' };

/** Of the shop's process since its start. */
export interface ShopUsage {
  readonly cpuMicros: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
}

export type FromShop =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'usage'; readonly usage: ShopUsage }
  | { readonly kind: 'failed'; readonly reason: string };
