import { jsonCodec } from '../session/json-codec.ts';
import { isPlainObject } from '../session/plain-object.ts';
import type { SessionCodec } from '../session/session-codec.ts';
import { META_NAME } from '../session/session-document.ts';

export interface ExpressSessionCodecOptions {
  /** As express-session's `cookie.maxAge`, in milliseconds; null: until the browser closes. Default is null. */
  readonly maxAgeMs?: number | null;
  /** What a new session's `cookie` has beside its expiry. Default is what express-session's has. */
  readonly cookie?: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
}

type Values = Record<string, unknown>;

/**
 * Sessions as express-session has them, in whatever store: JSON with a `cookie`. What of the cookie says when it ends is
 * what `setExpiry` sets; the rest of it is kept, and is no value of the session.
 *
 * Sessions that end with the browser live as long as `createSessions` has it: give it what the other library's `ttl` is.
 * @throws {TypeError} for options that make no sense
 */
export function expressSessionCodec(options: ExpressSessionCodecOptions = {}): SessionCodec {
  const { maxAgeMs = null, cookie: defaults = { httpOnly: true, path: '/' }, now = Date.now } = options;
  if (maxAgeMs !== null && !(maxAgeMs > 0)) throw new TypeError('expressSessionCodec: "maxAgeMs" has to be positive');

  return {
    encode: (values) => {
      if (Object.hasOwn(values, 'cookie')) throw new TypeError('"cookie" is not free for session values');
      const { [META_NAME]: meta, ...rest } = values;
      const { expiry, cookie: kept, ...others } = isPlainObject(meta) ? meta : {};
      const attributes = isPlainObject(kept) ? kept : defaults;
      // The library has no word for a time that does not slide.
      const own = typeof expiry === 'string' ? { ...others, expiry } : others;
      const cookie = { ...attributes, ...endOf(expiry, attributes['originalMaxAge'], maxAgeMs, now()) };
      return jsonCodec.encode({ cookie, ...rest, ...(Object.keys(own).length > 0 && { [META_NAME]: own }) });
    },
    decode: (text) => {
      const { cookie, [META_NAME]: meta = {}, ...values } = jsonCodec.decode(text);
      if (!isPlainObject(cookie) || !isPlainObject(meta)) throw new TypeError('it is no session of express-session');
      const { expires, ...attributes } = cookie;
      return { ...values, [META_NAME]: { expiry: expiryOf(cookie, expires), ...meta, cookie: attributes } };
    },
  };
}

/** In the terms of a cookie of express-session. */
function endOf(expiry: unknown, lastMaxAge: unknown, maxAgeMs: number | null, now: number): Values {
  if (typeof expiry === 'string')
    return { originalMaxAge: Math.max(0, Date.parse(expiry) - now), expires: new Date(expiry).toISOString() };
  const originalMaxAge = expiry === undefined ? maxAgeMs : maxAgeOf(expiry as number, lastMaxAge);
  return { originalMaxAge, expires: originalMaxAge === null ? null : new Date(now + originalMaxAge).toISOString() };
}

/** To the millisecond, where it was not set to something else meanwhile. */
function maxAgeOf(seconds: number, lastMaxAge: unknown): number | null {
  if (seconds === 0) return null;
  return typeof lastMaxAge === 'number' && Math.ceil(lastMaxAge / 1000) === seconds ? lastMaxAge : seconds * 1000;
}

/** In the terms of `setExpiry`. */
function expiryOf({ originalMaxAge }: Values, expires: unknown): number | string {
  if (typeof originalMaxAge === 'number' && Math.abs(originalMaxAge) < Number.MAX_SAFE_INTEGER)
    // 0 would be a session that ends with the browser.
    return Math.ceil(originalMaxAge / 1000) || -1;
  return typeof expires === 'string' && !Number.isNaN(Date.parse(expires)) ? expires : 0;
}
