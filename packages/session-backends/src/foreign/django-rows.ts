import { deflateSync, inflateSync } from 'node:zlib';
import { sameText, saltedHmac } from './django-signature.ts';

export interface DjangoRowsOptions {
  /** The first signs, all verify. */
  readonly secretKeys: readonly string[];
  /** Name of the session store's class. */
  readonly sessionClass: string;
  /** Largest JSON that is read, in bytes. */
  readonly maxBytes: number;
}

/** What Django keeps in `session_data`: JSON, signed, and packed where that makes it shorter. */
export interface DjangoRows {
  /** @param json in ASCII @param seconds since 1970 */
  pack(json: string, seconds: number): string;
  /** @throws for whatever was not signed with one of the secrets, or is larger than `maxBytes` */
  unpack(text: string): string;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TIMESTAMP = /^[0-9A-Za-z]+$/;
const BASE64 = /^[0-9A-Za-z+/]+={0,2}$/;

export function djangoRows({ secretKeys, sessionClass, maxBytes }: DjangoRowsOptions): DjangoRows {
  const signature = (value: string, secret: string): string =>
    saltedHmac('sha256', `django.contrib.sessions.${sessionClass}signer`, secret, value).toString('base64url');

  const verify = (text: string): string => {
    const end = text.lastIndexOf(':');
    const value = text.slice(0, end);
    const given = text.slice(end + 1);
    // All are tried: how long it takes does not tell which secret it was.
    const good = secretKeys.filter((secret) => sameText(signature(value, secret), given));
    if (good.length === 0) throw new Error('the signature is wrong');
    return value;
  };

  const unpackSigned = (text: string): string => {
    const value = verify(text);
    const end = value.lastIndexOf(':');
    if (!TIMESTAMP.test(value.slice(end + 1))) throw new Error('there is no time in it');
    const payload = value.slice(0, Math.max(0, end));
    return payload.startsWith('.')
      ? inflateSync(Buffer.from(payload.slice(1), 'base64url'), { maxOutputLength: maxBytes }).toString('latin1')
      : bounded(Buffer.from(payload, 'base64url'), maxBytes).toString('latin1');
  };

  /** Django before 3.1: base64 of a hash, a colon and the JSON. */
  const unpackOld = (text: string): string => {
    if (!BASE64.test(text)) throw new Error('it is nothing that Django writes');
    const bytes = bounded(Buffer.from(text, 'base64'), maxBytes);
    const end = bytes.indexOf(':');
    const given = bytes.toString('latin1', 0, Math.max(0, end));
    const json = bytes.subarray(end + 1);
    const salt = `django.contrib.sessions${sessionClass}`;
    const good = secretKeys.filter((secret) => sameText(saltedHmac('sha1', salt, secret, json).toString('hex'), given));
    if (good.length === 0) throw new Error('the hash is wrong');
    return json.toString('latin1');
  };

  return {
    pack: (json, seconds) => {
      const plain = Buffer.from(json, 'latin1');
      const packed = deflateSync(plain);
      const payload =
        packed.length < plain.length - 1 ? `.${packed.toString('base64url')}` : plain.toString('base64url');
      const value = `${payload}:${base62(seconds)}`;
      return `${value}:${signature(value, secretKeys[0] as string)}`;
    },
    // No row of the old kind has a colon.
    unpack: (text) => (text.includes(':') ? unpackSigned(text) : unpackOld(text)),
  };
}

function bounded(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length > maxBytes) throw new Error('it is too large');
  return bytes;
}

function base62(value: number): string {
  let digits = '';
  for (let rest = value; rest > 0 || digits === ''; rest = Math.floor(rest / 62)) digits = DIGITS[rest % 62] + digits;
  return digits;
}
