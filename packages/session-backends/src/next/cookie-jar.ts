import type { CookieAttributes } from '../http/session-cookie.ts';

/** What is used of the jar that Next's `cookies()` resolves with. */
export interface CookieJar {
  get(name: string): { readonly value: string } | undefined;
  /** Throws where cookies are read-only: in a Server Component. */
  set(name: string, value: string, attributes: CookieAttributes): unknown;
}
