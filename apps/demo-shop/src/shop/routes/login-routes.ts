import { Router, type Request, type Response } from 'express';
import { textField } from '../form-fields.ts';
import { hashPassword, verifyPassword } from '../passwords.ts';
import type { ShopContext } from '../shop-context.ts';
import { logIn, logOut, sessionOf } from '../shop-session.ts';

/** Where a login may lead; anything else could be somebody else's site. */
const DESTINATIONS = new Set(['/', '/basket', '/checkout', '/orders']);

const destinationOf = (value: unknown): string => (typeof value === 'string' && DESTINATIONS.has(value) ? value : '/');

/** What the login page says to who was sent there. */
const LEADS: Readonly<Record<string, string>> = { '/orders': 'Please log in to see your orders.' };

const WRONG = 'We do not know this email address with this password.';

export function loginRoutes(shop: ShopContext): Router {
  const { db, throttle, passwordCost } = shop;
  const router = Router();
  // An unknown address costs as much time as a wrong password, so that neither can be told from the other.
  const nobodysHash = hashPassword('', passwordCost);

  router.get('/login', async (request, response) => {
    await showLogin(shop, request, response, { email: '', next: destinationOf(request.query['next']), status: 200 });
  });

  router.post('/login', async (request, response) => {
    const email = (textField(request.body, 'email') ?? '').trim().toLowerCase();
    const password = textField(request.body, 'password') ?? '';
    const next = destinationOf(textField(request.body, 'next'));
    const address = request.ip ?? '';
    const waitMs = throttle.attempt(address, email);
    if (waitMs > 0) {
      response.set('Retry-After', String(Math.ceil(waitMs / 1000)));
      const error = `Too many attempts. Please try again in ${Math.ceil(waitMs / 60_000)} minutes.`;
      return showLogin(shop, request, response, { email, next, error, status: 429 });
    }
    const user = await db.user.findUnique({ where: { email }, select: { id: true, name: true, passwordHash: true } });
    const isRight = await verifyPassword(password, user?.passwordHash ?? (await nobodysHash));
    if (user === null || !isRight)
      return showLogin(shop, request, response, { email, next, error: WRONG, status: 401 });
    throttle.succeeded(address, email);
    await logIn(sessionOf(request), user.id, `Welcome back, ${user.name}.`);
    response.redirect(303, next);
  });

  router.post('/logout', async (request, response) => {
    await logOut(sessionOf(request));
    response.redirect(303, '/');
  });

  return router;
}

interface LoginPage {
  readonly email: string;
  readonly next: string;
  readonly error?: string;
  readonly status: number;
}

async function showLogin(
  { showPage, demoCustomer }: ShopContext,
  request: Request,
  response: Response,
  { email, next, error, status }: LoginPage,
): Promise<void> {
  response.set('Cache-Control', 'no-store');
  const page = { email, next, lead: LEADS[next] ?? 'Your basket comes along.', error, demoCustomer };
  await showPage(request, response, { view: 'login', title: 'Log in', page, status });
}
