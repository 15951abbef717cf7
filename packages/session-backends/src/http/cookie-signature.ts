import { createHmac, timingSafeEqual } from 'node:crypto';

/** How a cookie's value says that it comes from us. */
export interface CookieSignature {
  sign(value: string): string;
  /** `undefined` for what was not signed with one of the secrets. */
  verify(signed: string): string | undefined;
  /** As a header has it; a cookie jar does that by itself. */
  encode(signed: string): string;
}

/** The first secret signs, all verify; without any, the value is taken as it is. */
export function cookieSignature(secrets: readonly string[]): CookieSignature {
  if (secrets.some((secret) => secret.length < 16))
    throw new TypeError('session cookie: "secrets" have to be at least 16 characters long');
  const [first] = secrets;
  return {
    sign: (value) => (first === undefined ? value : `${value}.${mac(value, first).toString('base64url')}`),
    verify: (signed) => (first === undefined ? signed : split(signed, secrets, 'base64url')),
    encode: (signed) => signed,
  };
}

/** As cookie-signature and express-session have it. */
export function expressSignature(secrets: readonly string[]): CookieSignature {
  const [first] = secrets;
  if (first === undefined || secrets.includes(''))
    throw new TypeError(
      'session cookie: one like express-session’s needs "secrets", as express-session’s "secret" has',
    );
  return {
    sign: (value) => `s:${value}.${mac(value, first).toString('base64').replace(/=+$/, '')}`,
    verify: (signed) => {
      const decoded = decode(signed);
      return decoded?.startsWith('s:') === true ? split(decoded.slice(2), secrets, 'base64') : undefined;
    },
    encode: encodeURIComponent,
  };
}

const mac = (value: string, secret: string): Buffer => createHmac('sha256', secret).update(value).digest();

function split(signed: string, secrets: readonly string[], encoding: 'base64' | 'base64url'): string | undefined {
  const dot = signed.lastIndexOf('.');
  if (dot < 0) return undefined;
  const value = signed.slice(0, dot);
  const given = Buffer.from(signed.slice(dot + 1), encoding);
  const isGood = (secret: string): boolean => {
    const right = mac(value, secret);
    return right.length === given.length && timingSafeEqual(right, given);
  };
  return secrets.some(isGood) ? value : undefined;
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
