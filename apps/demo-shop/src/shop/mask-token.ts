import { randomBytes } from 'node:crypto';

/** `<64 hex digits>.<64 hex digits>`: what the forms' cookie holds. */
const TOKEN = /^[0-9a-f]{64}\.[0-9a-f]{64}$/;
const TOKEN_BYTES = 64;

/**
 * The token as a page shows it: different each time, so that the length of a compressed page tells nothing of it.
 *
 * @throws {TypeError} for what is no token
 */
export function maskToken(token: string): string {
  if (!TOKEN.test(token)) throw new TypeError('that is no token');
  const mask = randomBytes(TOKEN_BYTES);
  return Buffer.concat([mask, combine(mask, Buffer.from(token.replace('.', ''), 'hex'))]).toString('base64url');
}

/** What {@link maskToken} was given; `undefined` for anything else. */
export function unmaskToken(masked: string | undefined): string | undefined {
  const bytes = Buffer.from(masked ?? '', 'base64url');
  if (bytes.length !== 2 * TOKEN_BYTES) return undefined;
  const hex = combine(bytes.subarray(0, TOKEN_BYTES), bytes.subarray(TOKEN_BYTES)).toString('hex');
  return `${hex.slice(0, TOKEN_BYTES)}.${hex.slice(TOKEN_BYTES)}`;
}

const combine = (left: Buffer, right: Buffer): Buffer => Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)));
