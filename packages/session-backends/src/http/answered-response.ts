import type { SessionError } from '../session/session-error.ts';
import { addVary, makePrivate } from './response-headers.ts';

/** What a Response has to say beside what it says. */
export interface ResponseAnswer {
  /** A Set-Cookie header's value, if the cookie goes with the response. */
  readonly setCookie: string | undefined;
  readonly isPrivate: boolean;
}

/** A copy, because a response's headers can be immutable, and one response can be the answer to several requests. */
export function withAnswer(response: Response, { setCookie, isPrivate }: ResponseAnswer): Response {
  // Response.error() and switched protocols have no headers that a browser would look at, and cannot be copied.
  if ((setCookie === undefined && !isPrivate) || response.status < 200) return response;
  const answered = new Response(response.body, response);
  if (setCookie !== undefined) answered.headers.append('Set-Cookie', setCookie);
  if (!isPrivate) return answered;
  answered.headers.set('Vary', addVary(answered.headers.get('Vary') ?? undefined, 'Cookie'));
  answered.headers.set('Cache-Control', makePrivate(answered.headers.get('Cache-Control') ?? undefined));
  return answered;
}

/** The page for an error of the session, with its status; `given`: headers that it has to have beside its own. */
export function asFailure(page: Response, error: SessionError, given?: Headers): Response {
  const headers = new Headers(given);
  for (const [name, value] of page.headers)
    if (name === 'set-cookie') headers.append(name, value);
    else headers.set(name, value);
  for (const [name, value] of Object.entries(error.headers)) headers.set(name, value);
  headers.set('Cache-Control', 'no-store');
  return new Response(page.body, { status: error.status, headers });
}
