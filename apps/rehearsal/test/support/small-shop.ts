import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A fault that a shop may have, each of which shoppers have to find. */
export interface PlantedFault {
  /** An addition is acknowledged and not kept. */
  readonly dropsAddition?: () => boolean;
  /** An addition writes back the whole basket that it has read, over what another tab wrote meanwhile. */
  readonly overwrites?: boolean;
  /** An addition that was under way brings back a session that was logged out. */
  readonly revives?: boolean;
  /** A login leaves the old key as it was. */
  readonly keepsOldKey?: boolean;
  /** The second process never sees what has changed after this was set. */
  readonly frozenReads?: boolean;
  /** Sessions vanish. */
  readonly forgets?: () => boolean;
  /** A removal is acknowledged and not done. */
  readonly ignoresRemoval?: boolean;
  /** A checkout orders, and leaves the basket as it was. */
  readonly keepsOrdered?: boolean;
  /** A login loses who it was. */
  readonly forgetsUser?: boolean;
  /** The change is done, and answered with 500. */
  readonly breaksAfter?: () => boolean;
  /** The change is not done, and answered with 500. */
  readonly breaksBefore?: () => boolean;
}

interface Stored {
  basket: Record<string, number>;
  user: string | null;
  checkoutKey: string | null;
}

export interface SmallShop {
  readonly ports: readonly number[];
  fault: PlantedFault;
  /** Ends every session, as if its age had passed. */
  expireAll(): void;
  readonly sessions: ReadonlyMap<string, Stored>;
  close(): Promise<void>;
}

const TOKEN = 'forms-token';
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The shop's contract over HTTP, in memory, as two servers over one store. */
export async function openSmallShop(): Promise<SmallShop> {
  const sessions = new Map<string, Stored>();
  const orders = new Map<string, string>();
  let frozen: Map<string, Stored> | undefined;
  const shop = { fault: {} as PlantedFault };

  const read = (key: string | undefined, server: number): Stored | undefined => {
    if (key === undefined) return undefined;
    if (shop.fault.forgets?.() === true) sessions.delete(key);
    if (shop.fault.frozenReads === true) frozen ??= structuredClone(sessions);
    else frozen = undefined;
    return (server === 1 ? frozen : undefined)?.get(key) ?? sessions.get(key);
  };

  async function changeBasket(
    key: string,
    before: Stored,
    change: (basket: Record<string, number>) => void,
  ): Promise<boolean> {
    const copy = structuredClone(before);
    change(copy.basket);
    await tick();
    await tick();
    const now = sessions.get(key);
    if (now === undefined && shop.fault.revives !== true) return false;
    if (now !== undefined && shop.fault.overwrites !== true) change(now.basket);
    else sessions.set(key, copy);
    return true;
  }

  async function handle(request: IncomingMessage, response: ServerResponse, server: number): Promise<void> {
    const { key, body } = await understand(request);
    const route = `${request.method} ${request.url}`;
    const stored = read(key, server);
    const send = (status: number, json: unknown, headers: Record<string, string> = {}): void => {
      const forget = key !== undefined && stored === undefined ? { 'set-cookie': 'shop.session=; Max-Age=0' } : {};
      response
        .writeHead(status, { 'content-type': 'application/json', ...forget, ...headers })
        .end(JSON.stringify(json));
    };
    const gone = (): void =>
      send(400, { error: { code: 'SESSION_GONE' } }, { 'set-cookie': 'shop.session=; Max-Age=0' });
    const redirect = (location: string, headers: Record<string, string> = {}): void =>
      send(303, {}, { location, ...headers });
    const setKey = (value: string): Record<string, string> => ({ 'set-cookie': `shop.session=${value}; Path=/` });
    const page = (of: Stored | undefined): object => ({
      items: Object.entries(of?.basket ?? {}).map(([productId, quantity]) => ({
        productId,
        quantity,
        name: 'A',
        priceCents: 1,
      })),
      user: typeof of?.user === 'string' ? { email: of.user } : null,
      csrfToken: TOKEN,
    });

    if (route === 'GET /basket') return send(200, page(stored));
    if (route === 'GET /') return send(200, {});
    if (request.method === 'POST' && request.headers['x-csrf-token'] !== TOKEN)
      return send(403, { error: { code: 'FORM_EXPIRED' } });
    if (request.method === 'POST' && shop.fault.breaksBefore?.() === true)
      return send(500, { error: { code: 'INTERNAL' } });
    const broken = request.method === 'POST' && shop.fault.breaksAfter?.() === true;
    const done = (answer: () => void): void => (broken ? send(500, { error: { code: 'INTERNAL' } }) : answer());

    if (route.startsWith('POST /basket/')) {
      const { productId, quantity } = body as { productId: string; quantity: number };
      const liveKey = stored === undefined ? randomUUID() : (key as string);
      const live: Stored = stored ?? { basket: {}, user: null, checkoutKey: null };
      if (stored === undefined) sessions.set(liveKey, live);
      const kept = await changeBasket(liveKey, live, (basket) => {
        if (route.endsWith('add') && shop.fault.dropsAddition?.() === true) return;
        const next = route.endsWith('add') ? (basket[productId] ?? 0) + quantity : route.endsWith('set') ? quantity : 0;
        if (next === 0 && shop.fault.ignoresRemoval === true) return;
        if (next === 0) delete basket[productId];
        else basket[productId] = next;
      });
      return kept ? done(() => send(200, page(sessions.get(liveKey)), setKey(liveKey))) : gone();
    }
    if (route === 'POST /login') {
      const newKey = randomUUID();
      const user = shop.fault.forgetsUser === true ? null : (body as { email: string }).email;
      sessions.set(newKey, { basket: {}, checkoutKey: null, ...structuredClone(stored), user });
      if (key !== undefined && shop.fault.keepsOldKey !== true) sessions.delete(key);
      return done(() => redirect('/', setKey(newKey)));
    }
    if (route === 'POST /logout') {
      if (key !== undefined) sessions.delete(key);
      return done(() => redirect('/', { 'set-cookie': 'shop.session=; Max-Age=0' }));
    }
    if (route === 'GET /checkout') {
      if (stored === undefined || Object.keys(stored.basket).length === 0) return redirect('/basket');
      stored.checkoutKey ??= randomUUID();
      return send(200, { checkoutKey: stored.checkoutKey, totalCents: 1, csrfToken: TOKEN });
    }
    if (route === 'POST /checkout') {
      const { checkoutKey } = body as { checkoutKey: string };
      const placed = orders.get(checkoutKey);
      if (stored !== undefined && placed !== undefined) return redirect(`/orders/${placed}`);
      if (stored === undefined || stored.checkoutKey !== checkoutKey)
        return send(409, { error: { code: 'CHECKOUT_STALE' } });
      const order = randomUUID();
      orders.set(checkoutKey, order);
      if (shop.fault.keepsOrdered !== true) stored.basket = {};
      stored.checkoutKey = null;
      return done(() => redirect(`/orders/${order}`));
    }
    send(404, {});
  }

  const servers = await Promise.all(
    [0, 1].map((number) => listen((request, response) => void handle(request, response, number))),
  );
  return Object.assign(shop, {
    sessions,
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    expireAll: () => sessions.clear(),
    close: async () => {
      await Promise.all(
        servers.map((server) => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))),
      );
    },
  });
}

async function understand(request: IncomingMessage): Promise<{ key: string | undefined; body: unknown }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const key = /shop\.session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  return { key, body: text === '' ? {} : JSON.parse(text) };
}

const listen = (handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(handler);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
