import type { CookieExpiry } from '../session/session.ts';
import { cookieSignature, expressSignature } from './cookie-signature.ts';

export interface SessionCookieOptions {
  /**
   * Default is "sessionid", or what `like` has. A name that starts with `__Host-` or `__Secure-` is held to what browsers
   * ask of it.
   */
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
  /**
   * `express-session`: the cookie is one that express-session also reads and writes, "connect.sid" by default, under its
   * `secret`. Default is a cookie of our own.
   */
  readonly like?: 'express-session';
}

/** What is in a Set-Cookie header beside name and value. */
export interface CookieAttributes {
  /** Seconds. Absent, like `expires`: as long as the browser. */
  readonly maxAge?: number;
  readonly expires?: Date;
  readonly domain?: string;
  readonly path: string;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none';
  readonly partitioned?: true;
}

/** A cookie to be set, in parts, as cookie jars take it. */
export interface CookieParts {
  readonly value: string;
  readonly attributes: CookieAttributes;
}

/** What a request has under the cookie's name. `present` is true also when the value is no good. */
export interface CookieRead {
  readonly present: boolean;
  readonly value: string | undefined;
}

/** How a session's key travels in a cookie. */
export interface SessionCookie {
  readonly name: string;
  /** `auto`: known only with a request. */
  readonly secure: boolean | 'auto';
  /** What a request's Cookie header carries. */
  read(header: string | undefined): CookieRead;
  /** As `read`, where a cookie jar has found the cookie. */
  readFrom(jar: { get(name: string): { readonly value: string } | undefined }): CookieRead;
  set(value: string, expiry: CookieExpiry, secureRequest: boolean): CookieParts;
  /** Makes the browser drop the cookie. */
  remove(secureRequest: boolean): CookieParts;
  /** A Set-Cookie header's value. */
  format(parts: CookieParts): string;
}

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' } as const;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ATTRIBUTE = /^[^\u0000-\u001f\u007f;]*$/;
const DROP = { maxAge: 0, expires: new Date(0) };

/** @throws {TypeError} for options that no browser would accept */
export function sessionCookie(options: SessionCookieOptions = {}): SessionCookie {
  const {
    like,
    name = like === undefined ? 'sessionid' : 'connect.sid',
    path = '/',
    domain,
    secure = 'auto',
    httpOnly = true,
    sameSite = 'lax',
  } = options;
  const { partitioned = false, secrets = [] } = options;
  check(name, path, domain, secure, sameSite, partitioned);
  const { sign, verify, encode } = like === undefined ? cookieSignature(secrets) : expressSignature(secrets);
  const attributes = (secureRequest: boolean): CookieAttributes => ({
    ...(domain !== undefined && { domain }),
    path,
    httpOnly,
    secure: secure === 'auto' ? secureRequest : secure,
    sameSite,
    ...(partitioned && { partitioned }),
  });
  const prefix = `${name}=`;

  return {
    name,
    secure,
    read: (header) => {
      let present = false;
      if (header === undefined || !header.includes(prefix)) return { present, value: undefined };
      // Browsers send several of one name when their paths or domains differ; the first good one counts.
      for (const part of header.split(';')) {
        const pair = part.trim();
        if (!pair.startsWith(prefix)) continue;
        present = true;
        const value = verify(unquote(pair.slice(prefix.length)));
        if (value !== undefined) return { present, value };
      }
      return { present, value: undefined };
    },
    readFrom: (jar) => {
      const found = jar.get(name);
      return { present: found !== undefined, value: found && verify(found.value) };
    },
    set: (value, { maxAge, expires }, secureRequest) => ({
      value: sign(value),
      attributes: {
        ...(maxAge !== undefined && { maxAge: Math.max(0, maxAge) }),
        ...(expires !== undefined && { expires }),
        ...attributes(secureRequest),
      },
    }),
    remove: (secureRequest) => ({ value: '', attributes: { ...DROP, ...attributes(secureRequest) } }),
    format: (parts) => prefix + formatParts({ ...parts, value: encode(parts.value) }),
  };
}

const formatParts = ({ value, attributes: { maxAge, expires, domain, path, ...flags } }: CookieParts): string =>
  value +
  (maxAge === undefined ? '' : `; Max-Age=${maxAge}`) +
  (expires === undefined ? '' : `; Expires=${expires.toUTCString()}`) +
  (domain === undefined ? '' : `; Domain=${domain}`) +
  `; Path=${path}` +
  (flags.httpOnly ? '; HttpOnly' : '') +
  (flags.secure ? '; Secure' : '') +
  `; SameSite=${SAME_SITE[flags.sameSite]}` +
  (flags.partitioned ? '; Partitioned' : '');

function check(
  name: string,
  path: string,
  domain: string | undefined,
  secure: boolean | 'auto',
  sameSite: string,
  partitioned: boolean,
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
}

const unquote = (value: string): string =>
  value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
