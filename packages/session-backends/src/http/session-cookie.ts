import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CookieExpiry } from '../session/session.ts';

export interface SessionCookieOptions {
  /** Default is "sessionid". A name that starts with `__Host-` or `__Secure-` is held to what browsers ask of it. */
  readonly name?: string;
  /** Default is "/". */
  readonly path?: string;
  /** Default is none: this host only. */
  readonly domain?: string;
  /** `auto`: whenever the request came over TLS. Default is "auto". */
  readonly secure?: boolean | 'auto';
  /** Default is true: scripts in the page cannot read it. */
  readonly httpOnly?: boolean;
  /** Default is "lax". */
  readonly sameSite?: 'strict' | 'lax' | 'none';
  /** A cookie of its own for each site that embeds this one. Default is false. */
  readonly partitioned?: boolean;
  /**
   * Signs the cookie: the first signs, all verify, so that a secret can be replaced. A cookie without a valid signature
   * is no cookie. Default is none: a session key cannot be guessed.
   */
  readonly secrets?: readonly string[];
}

/** How a session's key travels in a cookie. */
export interface SessionCookie {
  readonly name: string;
  /**
   * The session key that a request's Cookie header carries. `present` is true also when the value is no good, so that
   * the browser can be told to drop it.
   */
  read(header: string | undefined): { readonly present: boolean; readonly value: string | undefined };
  /** A Set-Cookie header's value. */
  write(value: string, expiry: CookieExpiry, secureRequest: boolean): string;
  /** A Set-Cookie header's value that makes the browser drop the cookie. */
  remove(secureRequest: boolean): string;
}

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' } as const;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ATTRIBUTE = /^[^\u0000-\u001f\u007f;]*$/;
const GONE = 'Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT';

/** @throws {TypeError} for options that no browser would accept */
export function sessionCookie(options: SessionCookieOptions = {}): SessionCookie {
  const { name = 'sessionid', path = '/', domain, secure = 'auto', httpOnly = true, sameSite = 'lax' } = options;
  const { partitioned = false, secrets = [] } = options;
  check(name, path, domain, secure, sameSite, partitioned, secrets);
  const attributes = (secureRequest: boolean): string =>
    (domain === undefined ? '' : `; Domain=${domain}`) +
    `; Path=${path}` +
    (httpOnly ? '; HttpOnly' : '') +
    (secure === true || (secure === 'auto' && secureRequest) ? '; Secure' : '') +
    `; SameSite=${SAME_SITE[sameSite]}` +
    (partitioned ? '; Partitioned' : '');
  const prefix = `${name}=`;

  return {
    name,
    read: (header) => {
      let present = false;
      if (header === undefined || !header.includes(prefix)) return { present, value: undefined };
      // Browsers send several of one name when their paths or domains differ; the first good one counts.
      for (const part of header.split(';')) {
        const pair = part.trim();
        if (!pair.startsWith(prefix)) continue;
        present = true;
        const value = verify(unquote(pair.slice(prefix.length)), secrets);
        if (value !== undefined) return { present, value };
      }
      return { present, value: undefined };
    },
    write: (value, { maxAge, expires }, secureRequest) =>
      prefix +
      sign(value, secrets) +
      (maxAge === undefined ? '' : `; Max-Age=${Math.max(0, maxAge)}`) +
      (expires === undefined ? '' : `; Expires=${expires.toUTCString()}`) +
      attributes(secureRequest),
    remove: (secureRequest) => `${prefix}; ${GONE}${attributes(secureRequest)}`,
  };
}

function check(
  name: string,
  path: string,
  domain: string | undefined,
  secure: boolean | 'auto',
  sameSite: string,
  partitioned: boolean,
  secrets: readonly string[],
): void {
  const assert = (holds: boolean, what: string): void => {
    if (!holds) throw new TypeError(`session cookie: ${what}`);
  };
  assert(TOKEN.test(name), '"name" has characters that a cookie name cannot have');
  assert(path.startsWith('/') && ATTRIBUTE.test(path), '"path" has to start with "/"');
  assert(domain === undefined || (domain !== '' && ATTRIBUTE.test(domain)), '"domain" is not a domain');
  assert(Object.hasOwn(SAME_SITE, sameSite), '"sameSite" has to be "strict", "lax" or "none"');
  assert(sameSite !== 'none' || secure !== false, '"sameSite: none" needs "secure"');
  assert(!partitioned || secure !== false, '"partitioned" needs "secure"');
  const host = name.startsWith('__Host-');
  assert(!(host || name.startsWith('__Secure-')) || secure === true, `the name "${name}" needs "secure: true"`);
  assert(!host || (domain === undefined && path === '/'), `the name "${name}" allows no "domain", and "/" as "path"`);
  assert(
    secrets.every((secret) => secret.length >= 16),
    '"secrets" have to be at least 16 characters long',
  );
}

const unquote = (value: string): string =>
  value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;

const mac = (value: string, secret: string): Buffer => createHmac('sha256', secret).update(value).digest();

const sign = (value: string, [secret]: readonly string[]): string =>
  secret === undefined ? value : `${value}.${mac(value, secret).toString('base64url')}`;

function verify(signed: string, secrets: readonly string[]): string | undefined {
  if (secrets.length === 0) return signed;
  const dot = signed.lastIndexOf('.');
  if (dot < 0) return undefined;
  const value = signed.slice(0, dot);
  const given = Buffer.from(signed.slice(dot + 1), 'base64url');
  return secrets.some((secret) => {
    const right = mac(value, secret);
    return right.length === given.length && timingSafeEqual(right, given);
  })
    ? value
    : undefined;
}
