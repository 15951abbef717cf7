import type { Request } from 'express';

/**
 * Whether the browser vouches that a page of the shop has sent this. Scripts cannot set these headers. Browsers leave the
 * first out where neither https nor the own machine makes the connection trustworthy; then the second is there.
 */
export function isFromOwnPage(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'same-origin';
  const origin = request.get('Origin');
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host;
}
