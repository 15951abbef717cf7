// What Next does for examples/next.ts: routes, and a cookie jar for each request.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { CookieAttributes, CookieJar } from '@switchyard/session-backends/next';

/** By method and first part of the path; gets the second. */
type Routes = Readonly<Record<string, (jar: CookieJar, name: string) => Promise<Response>>>;

export async function serve(port: number, routes: Routes): Promise<{ port: number; close(): Promise<void> }> {
  const fetch = async (request: Request): Promise<Response> => {
    const [, page = '', name = ''] = new URL(request.url).pathname.split('/').map(decodeURIComponent);
    const route = routes[`${request.method} /${page}`];
    if (route === undefined) return new Response('Not found', { status: 404 });
    const set = new Map<string, string>();
    const response = await route(cookieJar(request.headers.get('cookie') ?? '', set), name);
    for (const cookie of set.values()) response.headers.append('Set-Cookie', cookie);
    return response;
  };
  const server = createAdaptorServer({ fetch });
  server.listen(port);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function cookieJar(header: string, set: Map<string, string>): CookieJar {
  const given = new Map(header.split('; ').map((pair) => pair.split('=', 2) as [string, string]));
  return {
    get: (name) => (given.has(name) ? { value: given.get(name) as string } : undefined),
    set: (name, value, attributes) => set.set(name, `${name}=${value}${format(attributes)}`),
  };
}

const format = ({ path, maxAge, secure, httpOnly, sameSite }: CookieAttributes): string =>
  `; Path=${path}${maxAge === undefined ? '' : `; Max-Age=${maxAge}`}; SameSite=${sameSite}` +
  `${secure ? '; Secure' : ''}${httpOnly ? '; HttpOnly' : ''}`;
