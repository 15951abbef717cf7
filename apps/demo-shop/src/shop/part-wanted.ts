import type { Request } from 'express';

/**
 * The id of the element whose new content a page's script asks for, empty where it has none; `undefined` when somebody
 * asks for a whole page. Answers depend on it: they say so in `Vary`.
 */
export const partWanted = (request: Request): string | undefined =>
  request.get('HX-Request') === 'true' ? (request.get('HX-Target') ?? '') : undefined;

/** The request headers that {@link partWanted} reads, for `Vary`. */
export const PART_HEADERS = 'HX-Request, HX-Target';
