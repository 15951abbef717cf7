// The process of a shop, and of nothing else. Ends with the process that started it.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SHOPS } from '../shops/shop-named.ts';
import type { FromShop, ShopSettings, ToShop } from './messages.ts';

const tell = (message: FromShop): void => void process.send?.(message);

async function main({ shop: name, place }: ShopSettings): Promise<void> {
  const { app, close } = await (await SHOPS[name]()).open(place);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Visitors may be away for longer than that: while others are measured.
  server.keepAliveTimeout = 0;
  const answer = async ({ kind }: ToShop): Promise<void> => {
    if (kind === 'usage') {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed } = process.memoryUsage();
      tell({ kind, usage: { cpuMicros: user + system, rssBytes: rss, heapBytes: heapUsed } });
    } else {
      server.closeAllConnections();
      server.close();
      await close();
      process.exit(0);
    }
  };
  process.on('message', (message: ToShop) => void answer(message).catch(fail));
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port });
}

const fail = (error: unknown): void =>
  tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });

process.on('disconnect', () => process.exit(1));
await main(JSON.parse(process.argv[2] ?? '') as ShopSettings).catch(fail);
