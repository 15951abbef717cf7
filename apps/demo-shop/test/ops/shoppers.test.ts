import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBasketAccount } from '../../src/ops/shoppers/basket-account.ts';
import { createShoppers } from '../../src/ops/shoppers/create-shoppers.ts';
import { until } from './support/until.ts';

describe('a shopper’s account', () => {
  it('counts what a basket lacks of what was acknowledged, once', () => {
    const account = createBasketAccount();
    account.acknowledged('1');
    account.acknowledged('1');
    account.acknowledged('2');
    expect(
      account.compare(
        new Map([
          ['1', 2],
          ['2', 1],
        ]),
      ),
    ).toBe(0);
    expect(account.compare(new Map([['1', 1]]))).toBe(2);
    expect(account.compare(new Map([['1', 1]]))).toBe(0);
    account.acknowledged('1');
    expect(account.compare(new Map([['1', 1]]))).toBe(1);
  });

  it('counts what nobody knows of as neither there nor lost', () => {
    const account = createBasketAccount();
    account.acknowledged('1');
    account.uncertain('1');
    expect(account.most('1')).toBe(2);
    expect(account.compare(new Map([['1', 1]]))).toBe(0);
    // It was under way, and has arrived.
    expect(account.compare(new Map([['1', 2]]))).toBe(0);
    expect(account.compare(new Map([['1', 1]]))).toBe(1);
  });
});

describe('simulated shoppers', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A shop of two products; `keeps` says whether it really keeps the change of this number. */
  async function openShop(keeps: (change: number) => 'yes' | 'no' | 'refused' | 'cut'): Promise<string> {
    const baskets = new Map<string, Map<string, number>>();
    let changes = 0;
    let visitors = 0;
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const [, known] = /sid=(\w+)/.exec(request.headers.cookie ?? '') ?? [];
      const sid = known ?? `s${++visitors}`;
      const basket = baskets.get(sid) ?? new Map<string, number>();
      if (request.url === '/') return response.end('name="productId" value="1" name="productId" value="2"');
      if (request.method === 'POST') {
        const { productId } = JSON.parse(body) as { productId: string };
        const fate = keeps(++changes);
        if (fate === 'refused')
          return response.writeHead(503).end(JSON.stringify({ error: { code: 'SESSION_UNAVAILABLE' } }));
        if (fate !== 'no') basket.set(productId, (basket.get(productId) ?? 0) + 1);
        baskets.set(sid, basket);
        if (fate === 'cut') return request.socket.destroy();
      }
      const items = [...basket].map(([productId, quantity]) => ({ productId, quantity }));
      return response
        .writeHead(200, { 'Set-Cookie': `sid=${sid}; Path=/` })
        .end(JSON.stringify({ items, csrfToken: 'token' }));
    };
    server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('lose nothing at a shop that keeps what it acknowledges, whatever else it does', async () => {
    const shopUrl = await openShop((change) => (change % 5 === 0 ? 'refused' : change % 7 === 0 ? 'cut' : 'yes'));
    const shoppers = createShoppers({ shopUrl, pauseMs: 2 });
    await shoppers.start(5);
    await until('they have shopped', async () => (await shoppers.report()).acknowledged > 200);
    await shoppers.stop();
    const report = await shoppers.report();
    expect(report).toMatchObject({ shoppers: 0, lost: 0 });
    expect(report.refused).toBeGreaterThan(20);
    expect(report.looks).toBeGreaterThan(200);
  });

  it('find each change that was acknowledged and not kept', async () => {
    let forgotten = 0;
    const shopUrl = await openShop((change) => {
      if (change % 10 !== 0) return 'yes';
      forgotten++;
      return 'no';
    });
    const shoppers = createShoppers({ shopUrl, pauseMs: 2 });
    await shoppers.start(3);
    await until('they have shopped', async () => (await shoppers.report()).acknowledged > 100);
    await shoppers.stop();
    expect(await shoppers.report()).toMatchObject({ lost: forgotten });
    expect(forgotten).toBeGreaterThan(5);
  });
});
