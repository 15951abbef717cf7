import type { SessionServer } from './session-server.ts';

/** A visitor with one cookie, who does one thing after the other and remembers what was answered. */
export interface Shopper {
  /** What every answer so far amounts to; empty after a logout. */
  readonly basket: Record<string, number>;
  /** Resolves to the status. */
  add(at: SessionServer, product: string): Promise<number>;
  logout(at: SessionServer): Promise<number>;
  read(at: SessionServer): Promise<unknown>;
}

export function createShopper(): Shopper {
  let cookie = '';
  let basket: Record<string, number> = {};
  const send = async (at: SessionServer, method: string, path: string): Promise<Response> => {
    const response = await fetch(`${at.url}${path}`, { method, headers: { cookie } });
    const [set] = response.headers.getSetCookie();
    // A failed answer's cookie is no session's.
    if (set !== undefined && response.ok) cookie = set.split(';')[0] as string;
    return response;
  };
  return {
    get basket() {
      return basket;
    },
    add: async (at, product) => {
      const response = await send(at, 'POST', `/${product}`);
      await response.text();
      if (response.ok) basket = { ...basket, [product]: (basket[product] ?? 0) + 1 };
      return response.status;
    },
    logout: async (at) => {
      const response = await send(at, 'POST', '/logout');
      await response.text();
      if (response.ok) basket = {};
      return response.status;
    },
    read: async (at) => (await send(at, 'GET', '/')).json(),
  };
}

export interface Traffic {
  readonly shoppers: readonly Shopper[];
  /** From now on they go to these. */
  goTo(servers: readonly SessionServer[]): void;
  /** Resolves when everybody has been answered so often again. */
  rounds(count: number): Promise<void>;
  /** Ends it; resolves to the statuses that were not 200. */
  stop(): Promise<number[]>;
}

/** Shoppers who go on adding to their baskets, at whichever server, and now and then log out. */
export function startTraffic(count: number, servers: readonly SessionServer[]): Traffic {
  const shoppers = Array.from({ length: count }, createShopper);
  const turns = shoppers.map(() => 0);
  const failures: number[] = [];
  let open = servers;
  let isOver = false;
  const shop = async (shopper: Shopper, i: number): Promise<void> => {
    while (!isOver) {
      const at = open[Math.floor(Math.random() * open.length)] as SessionServer;
      const isLeaving = Math.random() < 0.03;
      const status = await (isLeaving ? shopper.logout(at) : shopper.add(at, `p${Math.floor(Math.random() * 5)}`));
      if (status !== 200) failures.push(status);
      turns[i] = (turns[i] as number) + 1;
    }
  };
  const running = shoppers.map(shop);
  return {
    shoppers,
    goTo: (others) => {
      open = others;
    },
    rounds: async (more) => {
      const until = turns.map((turn) => turn + more);
      while (!isOver && turns.some((turn, i) => turn < (until[i] as number)))
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    stop: async () => {
      isOver = true;
      await Promise.all(running);
      return failures;
    },
  };
}
