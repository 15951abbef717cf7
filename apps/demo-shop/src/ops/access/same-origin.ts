import type { Request } from 'express';

/** Whether a form was sent by a page of this very site. Browsers say so themselves; what is none says nothing. */
export function isSameOrigin(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = request.get('origin');
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.get('host'));
}
