import { parseCookies } from '../../shop/parse-cookies.ts';

export interface ShopAnswer {
  readonly status: number;
  /** The shop's own code of a refusal. */
  readonly code: string | undefined;
  /** The basket that it shows: quantities by product id; `undefined`: none. */
  readonly basket: ReadonlyMap<string, number> | undefined;
}

/** One browser at the shop, as far as its basket goes. */
export interface ShopClient {
  look(): Promise<ShopAnswer>;
  /** One more of it. */
  add(productId: string): Promise<ShopAnswer>;
  productIds(): Promise<readonly string[]>;
}

/** A shop that does not answer is not waited for longer. */
const TIMEOUT_MS = 10_000;

/** Every call rejects when no whole answer came: then nobody knows whether a change was made. */
export function createShopClient(shopUrl: string): ShopClient {
  const cookies = new Map<string, string>();
  let csrfToken = '';

  const send = async (path: string, accept: string, body?: Readonly<Record<string, string>>): Promise<Response> => {
    const response = await fetch(`${shopUrl}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'x-csrf-token': csrfToken,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return response;
  };

  const ask = async (path: string, body?: Readonly<Record<string, string>>): Promise<ShopAnswer> => {
    const response = await send(path, 'application/json', body);
    const answer = (await response.json().catch(() => ({}))) as JsonAnswer;
    if (typeof answer.csrfToken === 'string') csrfToken = answer.csrfToken;
    return {
      status: response.status,
      code: answer.error?.code,
      basket: answer.items && new Map(answer.items.map(({ productId, quantity }) => [productId, quantity])),
    };
  };

  return {
    look: () => ask('/basket'),
    add: (productId) => ask('/basket/add', { productId, quantity: '1' }),
    productIds: async () => {
      const page = await (await send('/', 'text/html')).text();
      return [...new Set([...page.matchAll(/name="productId" value="(\d+)"/g)].map(([, id]) => id as string))];
    },
  };
}

interface JsonAnswer {
  readonly items?: readonly { readonly productId: string; readonly quantity: number }[];
  readonly csrfToken?: string;
  readonly error?: { readonly code?: string };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [[name, value] = ['', '']] = Object.entries(parseCookies(line.split(';', 1)[0]));
  if (/;\s*max-age=0/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}
