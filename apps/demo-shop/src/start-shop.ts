import { composeShop, type ShopExtras } from './compose-shop.ts';
import type { ShopConfig } from './config.ts';
import { serve } from './serve.ts';

export interface StartOptions extends Pick<ShopExtras, 'programFolder' | 'demoCustomer'> {
  /** Awaited after the shop has stopped; for what it ran on. */
  readonly afterwards?: () => Promise<void>;
}

export const SHOP_VERSION = '0.1.0';

/** Serves the shop until SIGINT or SIGTERM: then requests under way finish, and everything is closed. */
export async function startShop(config: ShopConfig, { afterwards, ...extras }: StartOptions): Promise<string> {
  const shop = await composeShop(config, { ...extras, version: SHOP_VERSION });
  const serving = await serve(shop.app, config).catch(async (error: unknown) => {
    await shop.close();
    throw error;
  });

  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await serving.close();
    await shop.close();
    await afterwards?.();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', (signal) => void stop(signal));
  process.on('SIGTERM', (signal) => void stop(signal));
  process.stdout.write(`the shop is open at ${serving.url}\n`);
  return serving.url;
}
