import { timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';

const sameText = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** Lets those through who bring the token. */
export const bearerOnly =
  (token: string): RequestHandler =>
  (request, response, next) => {
    if (sameText(request.get('authorization') ?? '', `Bearer ${token}`)) next();
    else
      response
        .status(401)
        .set('WWW-Authenticate', 'Bearer')
        .json({ error: { code: 'UNAUTHORIZED', message: 'A bearer token is needed: SWITCHYARD_TOKEN.' } });
  };
