import { shopRouters } from './apps/demo-shop/src/shop-routers.ts';

/** Read by `switchyard migrate` and `switchyard check`, for which no flag is on. */
export const routers = shopRouters(() => false);
