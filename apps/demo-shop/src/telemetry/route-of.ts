import type { IncomingMessage } from 'node:http';

/** What express leaves on a request that it has routed. */
interface Routed {
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

/** Mounted without routes of its own. */
const MOUNTS = ['/assets'];

/**
 * The template of the route that served a request, such as `/product/:slug`; never the address itself, of which there
 * are any number. `unmatched`: no route did.
 */
export function routeOf(request: IncomingMessage): string {
  const { baseUrl = '', route } = request as Routed;
  // As it was asked for, and routes are found in any case of letters.
  const mount = baseUrl.toLowerCase();
  if (route?.path === undefined) return MOUNTS.includes(mount) ? `${mount}/*` : 'unmatched';
  const template = Array.isArray(route.path) ? route.path.join('|') : String(route.path);
  return template === '/' && mount !== '' ? mount : mount + template;
}
