// A basket over Next's cookie jar. In an app, each of the routes is a file, such as app/basket/[product]/route.ts:
//
//   export const POST = async (_request: Request, { params }) => routes.addToBasket(await cookies(), await params);
import { createSessions, type SessionStore } from '@switchyard/session-backends';
import { nextSessions, type CookieJar } from '@switchyard/session-backends/next';
import { serve } from './next-server.ts';

interface Data {
  /** How many of each product. */
  basket: Record<string, number>;
}

export function createRoutes(store: SessionStore) {
  const secure = process.env['NODE_ENV'] === 'production';
  const { handle, use } = nextSessions({ sessions: createSessions<Data>({ store }), cookie: { secure } });
  const seeOther = (): Response => new Response(null, { status: 303, headers: { Location: '/' } });

  return {
    /** What a Server Component shows: it can read a session, and not change it. */
    read: (jar: CookieJar) =>
      use(jar, async (session) => ({ user: await session.getUserId(), basket: await session.get('basket', {}) })),

    addToBasket: (jar: CookieJar, { product }: { product: string }) =>
      handle(jar, async (session) => {
        // Runs again on newer data when another request was faster: nothing that is added at once is lost.
        await session.update((data) => {
          const basket = (data.basket ??= {});
          basket[product] = (basket[product] ?? 0) + 1;
        });
        return seeOther();
      }),

    /** Whether this is really that user has to be asked here. */
    login: (jar: CookieJar, { user }: { user: string }) =>
      handle(jar, async (session) => session.login(user).then(seeOther)),

    logout: (jar: CookieJar) => handle(jar, async (session) => session.logout().then(seeOther)),
  };
}

export function start(store: SessionStore, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const { read, addToBasket, login, logout } = createRoutes(store);
  return serve(port, {
    'GET /': async (jar) => Response.json(await read(jar)),
    'POST /basket': (jar, product) => addToBasket(jar, { product }),
    'POST /login': (jar, user) => login(jar, { user }),
    'POST /logout': (jar) => logout(jar),
  });
}
