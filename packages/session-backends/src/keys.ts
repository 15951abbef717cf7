import { hash, randomFillSync } from 'node:crypto';

/** What a browser holds: 32 characters of [a-z0-9] from a CSPRNG. A bearer secret; never stored or logged as it is. */
export type SessionKey = string & { readonly __kind: 'SessionKey' };

/** What a store holds: the session key's SHA-256 in hex, or (`plain`) the session key itself. */
export type StoredKey = string & { readonly __kind: 'StoredKey' };

/** `sha256` unless another program has to find the rows by the key in clear. */
export type KeyEncoding = 'sha256' | 'plain';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const KEY_LENGTH = 32;
/** Bytes from here on would make some characters likelier than others. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length);
/** Random bytes in store: asking the system for each key would cost ten times as much. */
const pool = Buffer.alloc(8192);
let used = pool.length;
/**
 * What may be a session key. `base64url` takes in what other libraries draw: express-session's ids, UUIDs; ours are always
 * of the narrower one.
 */
export type KeyAlphabet = 'a-z0-9' | 'base64url';

const KEY_PATTERNS: Readonly<Record<KeyAlphabet, RegExp>> = {
  'a-z0-9': /^[a-z0-9]{8,128}$/,
  base64url: /^[A-Za-z0-9_-]{8,128}$/,
};

const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** A fresh key: 165 bits from the CSPRNG. */
export function drawSessionKey(): SessionKey {
  let key = '';
  while (key.length < KEY_LENGTH) {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const byte = pool[used++] as number;
    if (byte < FAIR_BYTES) key += ALPHABET[byte % ALPHABET.length];
  }
  return key as SessionKey;
}

/** A fresh key in a given bucket, so that a rename stays within one bucket. About 256 draws. */
export function drawSessionKeyInBucket(bucket: number): SessionKey {
  for (;;) {
    const key = drawSessionKey();
    if (bucketOf(key) === bucket) return key;
  }
}

/** A cookie's value as a session key, or `undefined` if it cannot be one (too short, or foreign characters). */
export const parseSessionKey = (value: unknown, alphabet: KeyAlphabet = 'a-z0-9'): SessionKey | undefined =>
  typeof value === 'string' && KEY_PATTERNS[alphabet].test(value) ? (value as SessionKey) : undefined;

export const encodeKey = (key: SessionKey, encoding: KeyEncoding = 'sha256'): StoredKey =>
  (encoding === 'plain' ? key : sha256(key)) as StoredKey;

/** The first byte of SHA-256 of the session key: 0 to 255, the same in both encodings. */
export const bucketOf = (key: SessionKey): number => Number.parseInt(sha256(key).slice(0, 2), 16);

/** The bucket of a key as it is stored. */
export const bucketOfStored = (key: StoredKey, encoding: KeyEncoding = 'sha256'): number =>
  encoding === 'sha256' ? Number.parseInt(key.slice(0, 2), 16) : bucketOf(key as string as SessionKey);
