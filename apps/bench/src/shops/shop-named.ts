import type { Shop } from './shop.ts';

/** Loaded in the shop's own process, and only there. */
export const SHOPS = {
  switchyard: async (): Promise<Shop> => (await import('./switchyard-shop.ts')).switchyardShop,
  'connect-pg-simple': async (): Promise<Shop> => (await import('./connect-pg-simple-shop.ts')).connectPgSimpleShop,
} as const;

export type ShopName = keyof typeof SHOPS;
