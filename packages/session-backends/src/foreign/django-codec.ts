import { jsonCodec } from '../session/json-codec.ts';
import { isPlainObject } from '../session/plain-object.ts';
import type { SessionCodec } from '../session/session-codec.ts';
import { META_NAME } from '../session/session-document.ts';
import { djangoRows } from './django-rows.ts';

export interface DjangoCodecOptions {
  /** SECRET_KEY, then SECRET_KEY_FALLBACKS: the first signs, all verify. */
  readonly secretKeys: readonly string[];
  /** The name of the class in SESSION_ENGINE's module. Default is "SessionStore", which all of Django's own have. */
  readonly sessionClass?: string;
  /** Largest session that is read, in bytes of JSON; nothing is unpacked beyond that. Default is 1,048,576. */
  readonly maxBytes?: number;
  /** Milliseconds since 1970, for the time in the signature. Default is Date.now. */
  readonly now?: () => number;
}

/** Where Django keeps what `setExpiry` was given. */
const EXPIRY = '_session_expiry';
/** A time without an offset is one of a time zone that is known to Django only. */
const ABSOLUTE = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*([+-]\d\d:?\d\d|Z)$/;

/**
 * Sessions as Django's JSONSerializer has them: written as Django 3.1 and later do, read also as before that. `setExpiry`
 * and Django's `set_expiry` are the same thing; whoever is logged in is in the values `_auth_user_id`,
 * `_auth_user_backend` and `_auth_user_hash`, see `djangoLogin`. What is not signed with one of the secrets is
 * undecodable, and so neither read nor written over.
 *
 * A Django before 3.1, or one with DEFAULT_HASHING_ALGORITHM "sha1", cannot read what is written here.
 *
 * A float that is whole (2.0) comes back to Django as an int when the session was changed here; integers beyond 2^53,
 * and NaN, make a session undecodable.
 * @throws {TypeError} for options that make no sense
 */
export function djangoCodec(options: DjangoCodecOptions): SessionCodec {
  const { secretKeys, sessionClass = 'SessionStore', maxBytes = 1_048_576, now = Date.now } = options;
  if (secretKeys.length === 0 || secretKeys.some((secret) => typeof secret !== 'string' || secret === ''))
    throw new TypeError('djangoCodec: "secretKeys" has to be a list of SECRET_KEYs, none of them empty');
  if (!(maxBytes > 0)) throw new TypeError('djangoCodec: "maxBytes" has to be positive');
  const rows = djangoRows({ secretKeys, sessionClass, maxBytes });

  return {
    encode: (values) => rows.pack(toAscii(jsonCodec.encode(toDjango(values))), Math.floor(now() / 1000)),
    decode: (text) => fromDjango(jsonCodec.decode(rows.unpack(text))),
  };
}

const toAscii = (json: string): string =>
  json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

function toDjango(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { [META_NAME]: meta, ...rest } = values;
  if (!isPlainObject(meta)) return { ...values };
  const { expiry, ...others } = meta;
  return {
    ...rest,
    // Python before 3.11 does not know the Z.
    ...(expiry !== undefined && { [EXPIRY]: typeof expiry === 'string' ? expiry.replace(/Z$/, '+00:00') : expiry }),
    ...(Object.keys(others).length > 0 && { [META_NAME]: others }),
  };
}

function fromDjango(values: Record<string, unknown>): Record<string, unknown> {
  const { [EXPIRY]: expiry, ...rest } = values;
  const known =
    Number.isSafeInteger(expiry) ||
    (typeof expiry === 'string' && ABSOLUTE.test(expiry) && !Number.isNaN(Date.parse(expiry)));
  if (!known) return values;
  const { [META_NAME]: meta } = rest;
  if (meta !== undefined && !isPlainObject(meta)) return values;
  return { ...rest, [META_NAME]: { ...meta, expiry } };
}
