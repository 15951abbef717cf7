import { setTimeout as sleep } from 'node:timers/promises';
import { composeShop, type Shop, type ShopExtras } from './compose-shop.ts';
import type { ShopConfig } from './config.ts';
import { serve, type Serving } from './serve.ts';
import { createLogger } from './telemetry/create-logger.ts';

export const SHOP_VERSION = '0.1.0';

/** Serves the shop until SIGINT or SIGTERM; then everything under way is finished and closed, and the process ends. */
export async function startShop(config: ShopConfig, extras: Omit<ShopExtras, 'version'>): Promise<string> {
  const shop = await composeShop(config, { ...extras, version: SHOP_VERSION });
  const listening: Serving[] = [];
  try {
    listening.push(await serve(shop.app, config));
    if (config.metrics !== undefined)
      listening.push(await serve(shop.metrics, { ...config.metrics, portFrom: 'METRICS_PORT' }));
  } catch (error) {
    await Promise.all(listening.map((serving) => serving.close(0)));
    await shop.close();
    throw error;
  }
  const [serving, metrics] = listening as [Serving, Serving?];

  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    void stopShop(config, shop, listening).then((code) => process.exit(code));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  announce(config, `the shop is open at ${serving.url}`);
  if (metrics !== undefined) announce(config, `its metrics are at ${metrics.url}/metrics`);
  return serving.url;
}

/** Whatever the level of the log is, and as whoever reads it expects. */
function announce({ logFormat }: ShopConfig, line: string): void {
  if (logFormat === 'json') createLogger({ logFormat, logLevel: 'info' }).info(line);
  else process.stdout.write(`${line}\n`);
}

/** Databases that do not answer are not waited for longer than this when everything else is done. */
const CLOSE_MS = 3_000;

/** Resolves to the exit code: 0 when everything could be finished. */
async function stopShop(
  { shutdownDelayMs, shutdownTimeoutMs }: ShopConfig,
  shop: Shop,
  listening: readonly Serving[],
): Promise<0 | 1> {
  shop.stopping();
  await sleep(shutdownDelayMs);
  const [cut = 0] = await Promise.all(listening.map((serving) => serving.close(shutdownTimeoutMs)));
  if (cut > 0)
    process.stderr.write(
      `${cut} ${cut === 1 ? 'request was' : 'requests were'} still under way after ${shutdownTimeoutMs / 1_000} s and cut off\n`,
    );
  const isClosed = await Promise.race([shop.close().then(() => true), sleep(CLOSE_MS, false)]);
  if (!isClosed) process.stderr.write(`not everything could be closed within ${CLOSE_MS / 1_000} s\n`);
  return cut === 0 && isClosed ? 0 : 1;
}
