import { Router, type Request, type Response } from 'express';
import { isUniqueViolation } from '../is-unique-violation.ts';
import { hashPassword } from '../passwords.ts';
import { checkRegisterForm, readRegisterForm, type RegisterFields } from '../register-form.ts';
import type { ShopContext } from '../shop-context.ts';
import { logIn, sessionOf } from '../shop-session.ts';
import type { FieldErrors } from '../views.ts';

export function registerRoutes(shop: ShopContext): Router {
  const router = Router();

  router.get('/register', async (request, response) => {
    await showRegister(shop, request, response, { name: '', email: '' }, {});
  });

  router.post('/register', async (request, response) => {
    const fields = readRegisterForm(request.body);
    const errors = checkRegisterForm(fields);
    if (Object.keys(errors).length > 0) return showRegister(shop, request, response, fields, errors);
    const id = await register(shop, fields);
    if (id === null) {
      const taken = { email: 'There is an account with this address already. Please log in.' };
      return showRegister(shop, request, response, fields, taken);
    }
    await logIn(sessionOf(request), id, `Welcome, ${fields.name}.`);
    response.redirect(303, '/');
  });

  return router;
}

/** The new customer's id; `null` when the address is taken. */
async function register({ db, passwordCost }: ShopContext, fields: RegisterFields): Promise<string | null> {
  const passwordHash = await hashPassword(fields.password, passwordCost);
  try {
    const data = { name: fields.name, email: fields.email, passwordHash };
    return (await db.user.create({ data, select: { id: true } })).id;
  } catch (error) {
    if (isUniqueViolation(error)) return null;
    throw error;
  }
}

async function showRegister(
  { showPage }: ShopContext,
  request: Request,
  response: Response,
  { name, email }: Omit<RegisterFields, 'password'>,
  errors: FieldErrors<RegisterFields>,
): Promise<void> {
  const isRight = Object.keys(errors).length === 0;
  // The title is the first thing that a screen reader says of a page.
  const title = isRight ? 'Make an account' : 'Please look again: Make an account';
  const status = isRight ? 200 : 422;
  response.set('Cache-Control', 'no-store');
  const page = { values: { name, email }, errors };
  await showPage(request, response, { view: 'register', title, page, status });
}
